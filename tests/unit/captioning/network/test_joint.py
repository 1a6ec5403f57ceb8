from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from captioning.network.joint import JointSpace, Projection


def test_the_joint_space_has_unit_vectors_and_a_bounded_scale() -> None:
    torch.manual_seed(0)
    joint = JointSpace(6, 7, joint=5, dropout=0.0)
    for projection, size in ((joint.image, 6), (joint.text, 7)):
        vectors = projection(torch.randn(4, size))
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(4))
    assert joint.scale.item() == pytest.approx(1 / 0.07)
    with torch.no_grad():
        joint.log_scale.fill_(10.0)
    assert joint.scale.item() == 100.0


def test_a_projection_is_a_line_and_its_correction_on_hand_set_weights() -> None:
    projection = Projection(2, 2, 0.0).eval()
    with torch.no_grad():
        projection.straight.weight.copy_(torch.eye(2))
        projection.inner.weight.copy_(torch.tensor([[1.0, 1.0], [-1.0, 0.0]]))
        projection.outer.weight.copy_(torch.tensor([[0.0, 5.0], [2.0, 0.0]]))
        for layer in (projection.straight, projection.inner, projection.outer):
            layer.bias.zero_()
    # Straight (1, 2); inner (3, -1), cut at zero to (3, 0); outer (0, 6): together (1, 8).
    expected = F.normalize(torch.tensor([[1.0, 8.0]]))
    torch.testing.assert_close(projection(torch.tensor([[1.0, 2.0]])), expected)


def test_half_precision_comes_out_as_unit_vectors_in_single() -> None:
    torch.manual_seed(0)
    projection = Projection(6, 5, 0.0)
    with torch.autocast("cpu", torch.bfloat16):
        vectors = projection(torch.randn(3, 6))
    assert vectors.dtype == torch.float32
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))
