"""The JSON of `hub mail show`."""

import os
from pathlib import Path

import pytest

from hub.mail import reply, show
from hub.mail.parse import ParsedMail

KEYS = ["message_id", "in_reply_to", "references", "date", "from", "to", "cc", "subject", "kind", "text", "reply"]
KEYS += ["attachments", "bounce", "defects"]


def test_a_mail_has_exactly_the_keys_people_script_against() -> None:
    read = show.show(b"From: a@b.fr\nDate: Tue, 12 Mar 2024 10:12:31 +0100\n\nOui")
    assert list(read) == KEYS
    assert read["date"] == "2024-03-12T10:12:31+01:00"
    assert read["from"] == {"name": "", "address": "a@b.fr"}


def test_a_folder_is_read_file_by_file_and_a_bad_one_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"Subject: un\n\nx")
    (tmp_path / "b.eml").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "c.eml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "e.eml").symlink_to("x" * 300)
    (tmp_path / "f.eml").symlink_to("f.eml")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "d.eml").write_bytes(b"Subject: deux\n\nx")
    read = list(show.show_batch(tmp_path))
    assert [one["file"] for one in read] == ["a.eml", "b.eml", "c.eml", "d.eml", "e.eml", "f.eml"]
    assert [read[0]["subject"], read[3]["subject"]] == ["un", "deux"]
    assert all(one["defects"][0].startswith("unreadable_file: ") for one in (read[2], read[4], read[5]))


def test_a_fault_in_judging_a_mail_takes_nothing_from_what_was_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(mail: ParsedMail) -> reply.Reply:
        raise IndexError("list index out of range")

    monkeypatch.setattr(reply, "trim", fails)
    read = show.show(b"From: a@b.fr\nSubject: un\n\nOui")
    assert list(read) == KEYS
    assert (read["subject"], read["reply"], read["kind"]) == ("un", "Oui", "message")
    assert read["defects"] == ["reader_failed: IndexError: list index out of range"]
