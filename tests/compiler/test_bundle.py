"""Bundles are written whole or not at all, and never over what is not ours."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

import pytest

from tfxc.backends import Bundle
from tfxc.compiler.bundle import MANIFEST, BundleError, Written, read_modules, write_bundle
from tfxc.compiler.driver import check
from tfxc.schemas.plan import Plan


def bundle(**files: str) -> Bundle:
    return Bundle({PurePosixPath(name.replace("__", "/")): text.encode() for name, text in files.items()})


def paths(*names: str) -> tuple[PurePosixPath, ...]:
    return tuple(map(PurePosixPath, names))


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def write(folder: Path, force: bool = False, **content: str) -> Written:
    return write_bundle(bundle(**content), folder, "local", force)


def test_a_first_bundle(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert write(folder, plan="1", modules__0__m="2") == Written(paths("modules/0/m", "plan"), (), ())
    assert files(folder).keys() == {"plan", "modules/0/m", str(MANIFEST)}


def test_the_same_bundle_again_touches_nothing(tmp_path: Path) -> None:
    write(tmp_path, one="1")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert write(tmp_path, one="1") == Written((), paths("one"), ())
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_the_same_bundle_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a", one="1", two="2")
    write(tmp_path / "b", two="2", one="1")
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_files_of_the_last_bundle_go(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "theirs").write_text("x")
    write(tmp_path, one="1", old__inner__file="2", deep__file="3")
    assert write(tmp_path, one="1").removed == paths("deep/file", "old/inner/file")
    assert files(tmp_path).keys() == {"one", "deep/theirs", str(MANIFEST)}
    assert not (tmp_path / "old").exists()


def test_a_file_that_is_not_ours_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "two").write_text("theirs")
    before = files(tmp_path)
    for force in (False, True):
        with pytest.raises(BundleError, match="two was not written by tfxc"):
            write(tmp_path, force, one="1", two="2")
        assert files(tmp_path) == before


def test_a_file_that_has_the_right_content_already_becomes_ours(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("1")
    write(tmp_path, one="1")
    assert write(tmp_path, one="2").written == paths("one")


def test_a_changed_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    write(tmp_path, one="1", two="2")
    (tmp_path / "two").write_text("edited")
    before = files(tmp_path)
    with pytest.raises(BundleError, match="two was changed since tfxc wrote it"):
        write(tmp_path, one="changed", two="3")
    with pytest.raises(BundleError, match="two was changed since tfxc wrote it"):
        write(tmp_path, one="changed")
    assert files(tmp_path) == before
    assert write(tmp_path, True, one="1", two="3").written == paths("two")
    (tmp_path / "two").write_text("edited")
    assert write(tmp_path, True, one="1").removed == paths("two")


def test_a_file_that_somebody_removed_is_written_again(tmp_path: Path) -> None:
    write(tmp_path, one="1", two="2")
    (tmp_path / "one").unlink()
    (tmp_path / "two").unlink()
    assert write(tmp_path, one="1") == Written(paths("one"), (), ())


@pytest.mark.parametrize("place", ["one", "deep"])
def test_links_do_not_lead_out_of_the_folder(tmp_path: Path, place: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / place).symlink_to(outside if place == "deep" else outside / "new")
    with pytest.raises(BundleError, match="is a symbolic link"):
        write(folder, True, one="1", deep__file="2")
    assert list(outside.iterdir()) == []


def test_a_link_in_place_of_an_old_file_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("1")
    folder = tmp_path / "folder"
    write(folder, one="1", old="1")
    (folder / "old").unlink()
    (folder / "old").symlink_to(outside)
    with pytest.raises(BundleError, match="is a symbolic link"):
        write(folder, True, one="1")
    assert outside.read_text() == "1"


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(tmp_path / "link", one="1")
    assert (tmp_path / "real" / "one").read_text() == "1"


def test_what_stands_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match="name a folder for the bundle"):
        write(tmp_path / "file", one="1")
    with pytest.raises(BundleError, match="needs a folder there"):
        write(tmp_path, file__inner="1")
    (tmp_path / "inner").mkdir()
    with pytest.raises(BundleError, match="is not a regular file"):
        write(tmp_path, inner="1")
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(BundleError, match="is not a regular file"):
        write(tmp_path, fifo="1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "other", "files": {}}',
        '{"format": "tfxc.bundle/1", "files": {"../x": ""}}',
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(BundleError, match="is not a manifest of tfxc"):
        write(tmp_path, one="1")


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../../x", str(MANIFEST), ".", "a\0b"])
def test_a_backend_cannot_write_elsewhere(tmp_path: Path, path: str) -> None:
    with pytest.raises(BundleError, match="which a bundle cannot hold"):
        write_bundle(Bundle({PurePosixPath(path): b""}), tmp_path / "folder", "local")
    assert list(tmp_path.iterdir()) == []


def test_files_have_the_permissions_that_the_user_s_mask_gives(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write(tmp_path, one="1")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o640


def test_no_temporary_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write(tmp_path, one="1")
    assert list(tmp_path.iterdir()) == []


def plan(*sources: tuple[str, tuple[str, ...]]) -> Plan:
    modules = [{"source": source, "files": files, "sha256": ""} for source, files in sources]
    metadata = {"kind": "sqlite", "path": "m"}
    return Plan.model_validate(
        {"name": "a", "pipeline_root": "r", "metadata": metadata, "nodes": (), "modules": modules}
    )


def test_modules_lie_by_their_index(tmp_path: Path) -> None:
    for name in ("a.py", "steps/b.py", "steps/inner/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    modules = read_modules(plan((".", ("a.py",)), ("steps", ("b.py", "inner/c.py"))), tmp_path)
    assert modules == {
        PurePosixPath("modules/0/a.py"): b"a.py",
        PurePosixPath("modules/1/b.py"): b"steps/b.py",
        PurePosixPath("modules/1/inner/c.py"): b"steps/inner/c.py",
    }
    with pytest.raises(BundleError, match=r"gone\.py cannot be read"):
        read_modules(plan((".", ("gone.py",))), tmp_path)


@pytest.mark.parametrize(
    "module", ["models/model.py", "models/model.py:Fit"], ids=["module file", "component"]
)
def test_the_packages_of_a_spec_that_is_extended_from_elsewhere_stay_packages(
    tmp_path: Path, module: str
) -> None:
    base, mine = tmp_path / "base", tmp_path / "mine"
    for package in ("features", "models"):
        (base / package).mkdir(parents=True)
    mine.mkdir()
    (base / "features" / "columns.py").write_text("LABEL = 'species'\n")
    (base / "models" / "model.py").write_text(
        "from features.columns import LABEL\n"
        "from tfx import v1 as tfx\n"
        "def run_fn(arguments): ...\n"
        "@tfx.dsl.components.component\n"
        "def Fit(steps: tfx.dsl.components.Parameter[int] = 1): ...\n"
    )
    is_file = module.endswith(".py")
    fit = (
        f"{{type: Trainer, examples: gen.examples, module_file: {module}}}"
        if is_file
        else f"{{type: '{module}'}}"
    )
    (base / "pipeline.yaml").write_text(
        "version: 1\nname: base\ncomponents:\n"
        f"  gen: {{type: ImportExampleGen, input_base: data}}\n  fit: {fit}\n"
    )
    (mine / "pipeline.yaml").write_text("extends: ../base/pipeline.yaml\nname: mine\n")
    plan = check(mine / "pipeline.yaml").plan
    assert plan is not None
    assert {*plan.modules[0].files} == {"features/columns.py", "models/model.py"}
    assert plan.modules[0].source == "../base"
