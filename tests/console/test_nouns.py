import json
import os
import subprocess
import sys

import pytest
from django.core.management import call_command

from console.errors import NotAllowed
from console.management import nouns
from console.management.nouns import Answer, Call, Noun, Refused, Verb, arg
from console.rights import Right
from tests.sim.tree import OURS, ROOT


def greet(call: Call, *, name: str, times: int) -> Answer:
    if name == "nobody":
        raise NotAllowed(Right.SEE_CONSOLE)
    if name == "file":
        raise Refused("file-missing", "there is no such file: name one that exists")
    if name == "fault":
        raise ZeroDivisionError
    call.say("greeting")
    return Answer(
        {"name": name, "at": call.at, "actor": call.actor}, f"Hello {name} " * times, code=3 * (name == "maybe")
    )


class Command(Noun):
    verbs = (Verb("greet", greet, "say hello", arg("name"), arg("--times", type=int, default=1)),)


def run(*words, capsys):
    try:
        call_command(Command(), *words)
        code = 0
    except SystemExit as error:
        code = error.code
    streams = capsys.readouterr()
    return code, streams.out, streams.err


def test_json_is_the_only_thing_on_standard_output(capsys):
    code, out, err = run("greet", "ada", "--json", capsys=capsys)
    assert code == 0
    assert json.loads(out)["name"] == "ada"
    assert json.loads(out)["actor"].startswith("cli:")
    assert out.count("\n") == 1
    assert "greeting" in err


def test_a_person_reads_text(capsys):
    assert run("greet", "ada", "--times", "2", capsys=capsys)[1] == "Hello ada Hello ada \n"


@pytest.mark.parametrize(("name", "code"), [("nobody", "not-allowed"), ("file", "file-missing")])
def test_a_refusal_is_exit_1_with_its_code(name, code, capsys):
    exit_code, out, err = run("greet", name, "--json", capsys=capsys)
    assert (exit_code, json.loads(out)["error"]["code"]) == (1, code)
    assert json.loads(out)["error"]["message"] in err


def test_undecided_is_exit_3(capsys):
    assert run("greet", "maybe", "--json", capsys=capsys)[0] == 3


def test_a_fault_of_ours_is_not_dressed_up_as_a_refusal(capsys):
    with pytest.raises(ZeroDivisionError):
        run("greet", "fault", "--json", capsys=capsys)


def test_wrong_usage_is_exit_2_and_still_json(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["manage.py", "x", "greet", "--json"])
    code, out, err = run("greet", "--json", capsys=capsys)
    assert (code, json.loads(out)["error"]["code"]) == (2, "usage")
    assert "name" in err


def test_the_actor_is_the_account_of_the_process(monkeypatch):
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("USER", "somebody-else")
    assert nouns.system_actor() != "cli:somebody-else"


def test_a_folder_that_was_never_prepared_is_told_in_one_line(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    done = subprocess.run(
        [sys.executable, "manage.py", "station", "list", "--json"],
        cwd=ROOT,
        env={**environment, "MERIDIAN_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "not-prepared"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [(), ("bogus",), ("greet",), ("greet", "ada", "--loud"), ("greet", "ada", "more")])
def test_every_wrong_usage_is_a_document_and_exit_2(words, capsys, monkeypatch):
    typed = ["manage.py", "noun", *words, "--json"]
    monkeypatch.setattr("sys.argv", typed)
    with pytest.raises(SystemExit) as wrong:
        Command().run_from_argv(typed)
    assert wrong.value.code == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"
