"""An export's new name: its bills, what is known of them and its history go along."""

import shutil
from dataclasses import replace as changed
from pathlib import Path

import duckdb

from cloudbill.config import check_name
from cloudbill.errors import USAGE, CloudbillError
from cloudbill.lake import listed
from cloudbill.lake.files import LakeFile, lake_files
from cloudbill.lake.store import bill_path, export_folder, files_aside, replace
from cloudbill.lake.way import stated_in, version_of
from cloudbill.landing.land import connect, write
from cloudbill.schema import PROJECT, Schema, load_schema
from cloudbill.sql import literal, parquet
from cloudbill.workspace import Workspace, locked


def rename(workspace: Workspace, old: str, new: str, project: Path = PROJECT) -> int:
    """Give an export another name; the number of its bills.

    Folders move in one step each, and their files are rewritten one by one after that: one that is
    interrupted is finished by the same command.
    """
    try:
        check_name(new)
    except ValueError as error:
        raise CloudbillError(f"'{new}' cannot be the name of an export: {error}.", USAGE) from None
    schema = load_schema(project)
    with locked(workspace):
        con = connect(workspace.temporary)
        files = lake_files(con, workspace)
        if any(file.export in (old, new) for file in files_aside(con, workspace)):
            raise CloudbillError(
                f"Bills of '{old}' or '{new}' are kept aside, since bills.yml said `counts: false`:"
                " take that back and load, or let go of them with `cloudbill forget`.",
                USAGE,
            )
        check(files, old, new)
        for kind in {file.kind for file in files if file.export == old}:
            target = export_folder(workspace, kind, new)
            if target.exists() and not any(target.glob("bill=*/bill.parquet")):
                # What is left there is known of bills that are gone.
                shutil.rmtree(target)
            export_folder(workspace, kind, old).rename(target)
        shared = {f.facts["scope"] for f in files if named(f) != old}
        moved = [file for file in lake_files(con, workspace) if named(file) == old]
        # A scope that bills.yml does not name is the export's name.
        scopes = {old: old if old in shared else new}
        versions = {
            file.facts["version"]: rewrite(con, workspace, schema, file, new, scopes)
            for file in moved
        }
        rename_history(con, workspace, old, new, versions)
        if last := listed.last_load(workspace):
            exports = [new if export == old else export for export in last.exports]
            listed.write(workspace, changed(last, exports=exports))
    return len(moved)


def named(file: LakeFile) -> str:
    """The name that a bill says itself."""
    return file.facts.get("export", file.export)


def check(files: list[LakeFile], old: str, new: str) -> None:
    """The old name has bills, and the new one none but those of a renaming that was interrupted."""
    if old == new:
        raise CloudbillError(f"'{old}' and '{new}' are one name.", USAGE)
    if not any(named(file) == old for file in files):
        known = ", ".join(sorted({file.export for file in files})) or "no export"
        raise CloudbillError(
            f"The lake holds no bill of '{old}'; it holds bills of {known}.", USAGE
        )
    taken = {file.export for file in files if named(file) != old}
    if others := [name for name in taken if name.lower() == new.lower()]:
        raise CloudbillError(
            f"The lake holds bills of '{others[0]}' already: `cloudbill forget {others[0]}` takes"
            " them out, if they are the same bills, loaded again.",
            USAGE,
        )


def rewrite(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    schema: Schema,
    file: LakeFile,
    new: str,
    scopes: dict[str, str],
) -> str:
    """Write the new name into a bill; its version, which depends on the scope."""
    stated = stated_in(file.facts)
    stated["scope"] = scopes.get(stated["scope"], stated["scope"])
    version = version_of(file.facts["source"], stated, schema[file.kind])
    facts = {**file.facts, **stated, "export": new, "version": version}
    written = workspace.temporary / "renamed" / "bill.parquet"
    query = f"select * replace ({literal(new)} as export) from {parquet(file.path)}"
    write(con, query, facts, written)
    replace(written, bill_path(workspace, file.kind, new, file.bill))
    return version


def rename_history(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    old: str,
    new: str,
    versions: dict[str, str],
) -> None:
    """Loads of the export are loads of its new name."""
    if not workspace.history.exists():
        return
    cases = " ".join(f"when {literal(v)} then {literal(n)}" for v, n in versions.items())
    version = f"case version {cases} else version end" if cases else "version"
    query = (
        f"select * replace (if(export = {literal(old)}, {literal(new)}, export) as export,"
        f" if(export = {literal(old)}, {version}, version) as version)"
        f" from {parquet(workspace.history)} order by all"
    )
    written = workspace.temporary / "loads.parquet"
    write(con, query, {"kind": "loads"}, written)
    replace(written, workspace.history)
