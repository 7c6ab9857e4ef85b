"""The transcript: what bots said, in order, in memory and as lines of a file."""

import json
from pathlib import Path

from tradepods_simulator.telegram.transcript import Said, Transcript


def test_what_was_said_is_kept_in_its_order() -> None:
    """Counted over all bots."""
    transcript = Transcript()
    transcript.add(bot="alice", chat="1", text="one")
    transcript.add(bot="bob", chat="2", text="two")

    assert list(transcript.of(None)) == [
        Said(number=1, bot="alice", chat="1", text="one"),
        Said(number=2, bot="bob", chat="2", text="two"),
    ]


def test_one_bots_words_are_told_apart() -> None:
    """An unknown one has said nothing."""
    transcript = Transcript()
    for bot in ("alice", "bob", "alice"):
        transcript.add(bot=bot, chat="1", text=bot)

    assert [said.number for said in transcript.of("alice")] == [1, 3]
    assert list(transcript.of("nobody")) == []


def test_each_message_is_a_line_of_the_file(tmp_path: Path) -> None:
    """A message of several lines too, and in its own letters; what stood there before stays."""
    file = tmp_path / "telegram.jsonl"
    file.write_text("{}\n", "utf-8")
    transcript = Transcript(file)
    transcript.add(bot="alice", chat="1", text="매수 ✅\nBTC")
    transcript.add(bot="bob", chat="-2", text="two")
    lines = file.read_text("utf-8").splitlines()

    assert [json.loads(line) for line in lines] == [
        {},
        {"bot": "alice", "chat": "1", "text": "매수 ✅\nBTC"},
        {"bot": "bob", "chat": "-2", "text": "two"},
    ]
    assert "매수 ✅" in lines[1]


def test_without_a_file_nothing_is_written(tmp_path: Path) -> None:
    """Memory alone holds it."""
    Transcript().add(bot="alice", chat="1", text="one")

    assert list(tmp_path.iterdir()) == []
