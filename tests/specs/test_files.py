import os
from pathlib import Path

import pytest

from netwright.specs.problems import SpecError
from netwright.specs.reading import read_file

SPEC = "netwright: 1\nnodes: {}\n"


def test_files(tmp_path: Path) -> None:
    good = tmp_path / "resnet.yaml"
    good.write_text(SPEC)
    assert read_file(str(good)).source.name == str(good)

    def problem(path: str) -> str:
        with pytest.raises(SpecError) as raised:
            read_file(path)
        assert raised.value.problems[0].code in ("NW001", "NW401")
        return str(raised.value)

    missing = problem(str(tmp_path / "resnte.yaml"))
    assert "is not there" in missing
    assert f"did you mean `{good}`?" in missing
    assert f"did you mean `{good}`?" in problem(str(tmp_path / "resnet.yml"))
    assert "no folder" in problem(str(tmp_path / "none" / "x.yaml"))
    assert "it is a folder" in problem(str(tmp_path))
    assert "not a regular file" in problem("/dev/zero")
    assert "null" in problem("a\0b")
    problem("x" * 5000)
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "not a regular file" in problem(str(tmp_path / "pipe.yaml"))
    with open(tmp_path / "big.yaml", "wb") as big:
        big.truncate(200_000_000)
    assert "200,000,000 bytes" in problem(str(tmp_path / "big.yaml"))
