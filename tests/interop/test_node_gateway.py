"""The gateway of docs/chaos.md, on npm's smpp, against the scenario that the page puts it through."""

import json
import re
import socket
import subprocess
from pathlib import Path

import pytest

from lab.sandbox_support import DEADLINE_S, REPOSITORY, command, environment, wait_until
from node_packages import node_with

FOLDER = Path(__file__).parent / "node"
PAGE = REPOSITORY / "docs" / "chaos.md"


def block(pattern: str) -> str:
    """The one example of the page that begins so."""
    (found,) = re.findall(rf"```{pattern}.*?```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found).partition("\n")[2].removesuffix("```")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.mark.timeout(300)  # real time, and Node
def test_the_gateway_of_the_page_holds(tmp_path: Path) -> None:
    node = node_with(FOLDER, "smpp")
    (tmp_path / "node_modules").symlink_to(FOLDER / "node_modules")
    (tmp_path / "gateway.js").write_text(block("js\n"), encoding="utf-8")
    (tmp_path / "throttled.yaml").write_text(block("yaml\nname: throttled\n"), encoding="utf-8")
    http_port, ready_file = str(free_port()), tmp_path / "ready.json"
    asking = ("--send-url", f"http://127.0.0.1:{http_port}", "--ready-file", ready_file, "--json")
    with subprocess.Popen(
        command("chaos", "run", "throttled.yaml", "--against", "smpp", "--port", "0", *asking),
        env=environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_until(lambda: ready_file.exists() or process.poll() is not None, lambda: "no ready file")
        (carrier,) = json.loads(ready_file.read_text(encoding="utf-8"))["carriers"]
        with subprocess.Popen([node, "gateway.js", str(carrier["port"]), http_port], cwd=tmp_path) as gateway:
            output, errors = process.communicate(timeout=2 * DEADLINE_S)
            gateway.kill()
    result = json.loads(output)

    assert (process.returncode, result["ok"]) == (0, True), output + errors
    assert result["counts"]["asked"] == 70
    assert result["counts"]["refused"] > 0
    assert result["counts"]["from_phones"] > 0
    assert result["untested"] == ["backs off", "no duplicates"]
