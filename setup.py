"""What pyproject.toml cannot say: a wheel carries the dbt project and the samples."""

from pathlib import Path
from shutil import copytree, ignore_patterns

from setuptools import setup
from setuptools.command.build_py import build_py

PROJECT = ("analyses", "macros", "models", "samples", "seeds")
FILES = (
    "dbt_project.yml",
    "profiles.yml",
    "bills.example.yml",
    "tests/*.sql",
    "tests/generic/*.sql",
    "tests/fixtures/*.csv",
)


class WithProject(build_py):
    """Copies the project beside the modules, where `cloudbill.schema` looks for it."""

    def run(self) -> None:
        """Build as ever, then copy; an editable installation uses the clone."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "cloudbill" / "project"
        for folder in PROJECT:
            copytree(folder, target / folder, ignore=ignore_patterns(".*"), dirs_exist_ok=True)
        for path in (path for pattern in FILES for path in Path().glob(pattern)):
            self.mkpath(str(target / path.parent))
            self.copy_file(str(path), str(target / path))


setup(cmdclass={"build_py": WithProject})
