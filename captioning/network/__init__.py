"""The layers as pure modules without device or file: encoders, sentence writers, the joint space."""
