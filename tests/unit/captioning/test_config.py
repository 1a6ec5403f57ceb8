from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import captioning
from captioning.config import ModelConfig, StageConfig, TrainConfig
from captioning.config_reading import read_train_config, train_config_from
from captioning.errors import ConfigurationError

STAGE: dict[str, Any] = {"name": "s", "epochs": 1, "objectives": {"nll": 1.0}}
REWARDS: dict[str, Any] = {**STAGE, "objectives": {"scst": 1.0}, "text_batch": 2}


def test_the_recipes_go_on_from_each_other_and_train_every_layer() -> None:
    recipes = Path(captioning.__file__).parent / "recipes"
    names = ("first", "second", "third", "fourth-a", "fourth-b", "shipped")
    assert {path.stem for path in recipes.glob("*.toml")} == {*names, "shipped.notes"}
    first, second, third, *fourths, shipped = (read_train_config(recipes / f"{name}.toml") for name in names)
    assert first.start == ""
    assert (second.start, third.start) == ("runs/first/model.safetensors", "runs/second/model.safetensors")
    for fourth in fourths:
        assert fourth.teacher is not None
        assert fourth.start == fourth.teacher.space == "runs/third/model.safetensors"
        assert fourth.model == third.model == shipped.model
        assert all(stage.backbone_rate > 0 and not stage.parts for stage in fourth.stages)
    assert isinstance(shipped.start, dict)
    assert list(shipped.start) == [f"runs/{name}/model.safetensors" for name in ("fourth-a", "fourth-b", "third")]
    assert not shipped.stages
    whole = first.stages[-1]
    assert whole.backbone_rate > 0
    assert not whole.parts
    assert not whole.frozen


def test_a_recipe_survives_being_written_and_read_as_json() -> None:
    import dataclasses
    import json

    config = TrainConfig("m", (StageConfig(**STAGE),), ("data",), model=ModelConfig(side=64))
    assert train_config_from(json.loads(json.dumps(dataclasses.asdict(config)))) == config


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"name": "m", "images": ["d"], "stages": [STAGE], "sed": 1}, "unknown key sed; known are name"),
        ({"name": "m", "images": ["d"], "stages": [STAGE], "model": {"sides": 1}}, r"unknown key model\.sides"),
        ({"name": "m", "images": ["d"], "stages": [{**STAGE, "lr": 1}]}, r"unknown key stages\[0\]\.lr"),
        ({"name": "m", "images": ["d"], "stages": [{"name": "s"}]}, r"stages\[0\]: .*missing"),
        ({"name": "m", "images": ["d"], "stages": []}, "needs at least one"),
        ({"name": "m", "images": [], "stages": [STAGE]}, "needs `images`"),
        ({"images": ["d"], "stages": [STAGE]}, "missing"),
        ({"name": "m", "images": ["d"], "stages": [{**STAGE, "objectives": {"mle": 1}}]}, "unknown objective 'mle'"),
        ({"name": "m", "images": ["d"], "stages": [{**STAGE, "objectives": {"text_nll": 1}}]}, "text_batch must be"),
        ({"name": "m", "images": ["d"], "stages": [{**STAGE, "epochs": 0}]}, "needs epochs >= 1"),
        ({"name": "m", "images": ["d"], "stages": [STAGE], "model": {"dropout": 1.0}}, r"must lie in \[0, 1\)"),
        (
            {"name": "m", "images": ["d"], "stages": [STAGE], "model": {"prior_weight": -0.1}},
            r"prior_weight must lie in",
        ),
        ({"name": "m", "images": ["d"], "stages": [STAGE], "model": {"decoder": "gpt"}}, "must be one of attention"),
        ({"name": "m", "images": ["d"], "stages": [{**STAGE, "objectives": {}}]}, "stage 's' has no objectives"),
        ({"name": "m", "images": ["d"], "stages": [{**STAGE, "draws": 1}]}, "draws >= 2"),
        ({"name": "m", "images": ["d"], "stages": [{**STAGE, "extra": 1.5}]}, r"extra must lie in \[0, 1\], not 1\.5"),
        ({"name": "m", "images": ["d"], "stages": [{**STAGE, "distortion": 31}]}, r"distortion must lie in \[0, 30\]"),
        (
            {"name": "m", "images": ["d"], "stages": [{**STAGE, "parts": ["eye"]}]},
            "unknown part 'eye'; known are decod",
        ),
        ({"name": "m", "images": ["d"], "stages": [STAGE, STAGE]}, "two stages have the same name: s, s"),
        (
            {"name": "m", "images": ["d"], "stages": [{**STAGE, "objectives": {"soft_target": 1}}]},
            r"stage 's' asks for soft_target, which needs a \[teacher\] table",
        ),
        ({"name": "m", "images": ["d"], "stages": [STAGE], "teacher": {}}, "a teacher needs models or backbones"),
        (
            {
                "name": "m",
                "images": ["d"],
                "stages": [{**STAGE, "objectives": {"image_teacher": 1.0}}],
                "teacher": {"models": ["m"], "spaces": 2},
            },
            "stage 's' asks for image_teacher: the teacher must have one space",
        ),
        ({"name": "m", "images": ["d"], "stages": [STAGE], "neighbours": 3}, "`neighbours` needs `text`, and a model"),
        ({"name": "m", "images": ["d"], "stages": [{**STAGE, "nearness": -1}]}, "nearness must be at least 0, not -1"),
        ({"name": "m", "images": ["d"], "stages": [{**STAGE, "nearness": 1}]}, "nearness is a part of the reward"),
        ({"name": "m", "images": ["d"], "stages": [{**REWARDS, "borrow": 1}]}, "borrow, which needs `neighbours`"),
        (
            {"name": "m", "images": ["d"], "stages": [{**REWARDS, "nearness": 1}], "teacher": {"models": ["m"]}},
            "measured in the model's own space: the teacher must be a `space`",
        ),
        (
            {"name": "m", "images": ["d"], "stages": [{**REWARDS, "objectives": {"embedding_scst": 1}}]},
            r"near sentences once, for embedding_scst: freeze text_encoder and joint\.text",
        ),
        (
            {
                "name": "m",
                "images": ["d"],
                "stages": [{**REWARDS, "objectives": {"embedding_scst": 1}, "parts": ["decoder"]}],
                "model": {"embedding_cells": 1},
            },
            "embedding_scst, which needs `text`",
        ),
        ({"name": "m", "images": ["d"], "start": {"a": 0.7, "b": 0.4}}, "`start` must be numbers whose sum is 1"),
        ({"name": "m", "images": ["d"], "start": {"a": "all"}}, "`start` must be numbers whose sum is 1"),
        ({"name": "m", "images": ["d"], "start": 3}, "start must be text or a table, not 3"),
        (
            {"name": "m", "images": ["d"], "text": "t", "neighbours": 3, "start": {"a": 0.7, "b": 0.3}},
            "`neighbours` needs `text`, and a model",
        ),
        ({"name": "m", "images": ["d"], "stages": [STAGE], "uncaptioned": 1}, "uncaptioned must be true or false"),
        ({"name": "m", "images": "data", "stages": [STAGE]}, "images must be a list, not 'data'"),
        ({"name": "m", "images": ["d"], "stages": 5}, "stages must be a list, not 5"),
        ({"name": "m", "images": ["d"], "stages": [5]}, r"stages\[0\] must be a table, not 5"),
        ({"name": "m", "images": ["d"], "stages": [STAGE], "model": 3}, "model must be a table, not 3"),
        (
            {"name": "m", "images": ["d"], "stages": [{**STAGE, "epochs": 1.5}]},
            r"\.epochs must be a whole number, not 1",
        ),
        ({"name": "m", "images": ["d"], "stages": [{**STAGE, "objectives": ["nll"]}]}, "objectives must be a table"),
        ({"name": "m", "images": ["d"], "stages": [STAGE], "ema": "much"}, "ema must be a number, not 'much'"),
        ({"name": "m", "images": ["d"], "stages": [STAGE], "seed": True}, "seed must be a whole number, not True"),
        ({"name": 3, "images": ["d"], "stages": [STAGE]}, "name must be text, not 3"),
        ({"name": "m", "images": ["d"], "stages": [STAGE], "model": {"side": "224"}}, r"model\.side must be a whole"),
        ({"name": "m", "images": ["d"], "stages": [STAGE], "model": {"hidden": 20}}, "must be a multiple of 8, not 20"),
        ({"name": "m", "images": ["d"], "stages": [STAGE], "model": {"writable": 4}}, "the 4 special tokens"),
    ],
)
def test_what_a_recipe_gets_wrong_is_named(table: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        train_config_from(table)


def test_a_recipe_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"the configuration .*none\.toml could not be read"):
        read_train_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("name = ")
    with pytest.raises(ConfigurationError, match=r"bad\.toml is not TOML"):
        read_train_config(tmp_path / "bad.toml")
    (tmp_path / "odd.toml").write_text('nam = "x"')
    with pytest.raises(ConfigurationError, match=r"odd\.toml: unknown key nam"):
        read_train_config(tmp_path / "odd.toml")


def test_the_plain_decoder_has_no_heads_to_share_its_size() -> None:
    assert ModelConfig(decoder="plain", hidden=20).hidden == 20


@pytest.mark.parametrize(
    ("objectives", "pictures", "text"),
    [({"nll": 1.0}, True, False), ({"text_nll": 1.0}, False, True), ({"mmi": 1, "text_relation": 1}, True, True)],
)
def test_objectives_tell_what_a_stage_reads(objectives: dict[str, float], pictures: bool, text: bool) -> None:
    stage = StageConfig("s", 1, objectives, text_batch=2)
    assert (stage.uses_pictures, stage.uses_text) == (pictures, text)


def test_a_recipe_in_toml(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(
        'name = "m"\nimages = ["a", "b"]\nema = 0\n[model]\nside = 64\n'
        '[[stages]]\nname = "s"\nepochs = 2\nobjectives = { nll = 1, mmi = 0.5 }\n'
    )
    stage = StageConfig("s", 2, {"nll": 1, "mmi": 0.5})
    expected = TrainConfig("m", (stage,), ("a", "b"), model=ModelConfig(side=64), ema=0)
    assert read_train_config(tmp_path / "r.toml") == expected
