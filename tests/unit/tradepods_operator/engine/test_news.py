"""What a watch shows is news, or it is not: a fleet's every write must not come back as a pass over its account."""

import itertools
from typing import Any

import pytest

from tradepods_operator.engine.manifests.names import ACCOUNT_LABEL, SETTINGS
from tradepods_operator.engine.news import News, version_of
from tradepods_operator.ports import (
    ACCOUNT,
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    EVENT,
    JOB,
    NETWORK_POLICY,
    POD,
    SERVICE_ACCOUNT,
    Kind,
)

Json = dict[str, Any]
VERSIONS = itertools.count(1)


def _object(name: str = "account-alice", *, about: Json | None = None, **parts: Any) -> Json:
    """An object in a version of its own, as a watch shows it."""
    known = {"namespace": "traders", "name": name, "uid": name, "resourceVersion": str(next(VERSIONS))}
    return {"metadata": {**known, "labels": {ACCOUNT_LABEL: "alice"}, **(about or {})}, **parts}


def _is_news(news: News, kind: Kind, document: Json, *, gone: bool = False, listed: bool = False) -> bool:
    return news.is_news(kind, document, gone=gone, listed=listed)


@pytest.mark.parametrize("kind", [ACCOUNT, CONFIG_MAP, SERVICE_ACCOUNT, NETWORK_POLICY])
def test_our_own_write_is_no_news_and_anybody_elses_is(kind: Kind) -> None:
    """By the version in which the write has left the object."""
    news, ours = News(), _object()
    news.left(kind, ours)

    assert not _is_news(news, kind, ours)
    assert _is_news(news, kind, _object())


def test_a_pod_that_was_told_is_no_news() -> None:
    """Its worker answers by its heartbeat: nothing becomes of the pod itself."""
    news = News()
    _is_news(news, POD, _pod())
    told = _pod(about={"annotations": {SETTINGS: "new"}})
    news.left(POD, told)

    assert not _is_news(news, POD, told)
    assert _is_news(news, POD, _pod(about={"annotations": {SETTINGS: "somebody else's"}}))


def test_what_our_write_leads_to_has_to_be_looked_at() -> None:
    """A worker that is started or stopped: the account's status follows from what became of it."""
    news, ours = News(), _object()
    news.left(DEPLOYMENT, ours)

    assert _is_news(news, DEPLOYMENT, ours)


def test_a_watch_that_begins_may_have_missed_what_came_before_our_own_write() -> None:
    """It shows the object as we left it, with a change in it that nobody has looked at."""
    news, ours = News(), _object()
    news.left(ACCOUNT, ours)

    assert _is_news(news, ACCOUNT, ours, listed=True)


@pytest.mark.parametrize("listed", [True, False])
def test_what_a_survey_has_read_is_no_news(listed: bool) -> None:
    """It has planned for it: a start costs no pass over an unchanged account."""
    news, read = News(), _object()
    news.surveyed([version_of(read)])

    assert not _is_news(news, ACCOUNT, read, listed=listed)
    assert _is_news(news, ACCOUNT, _object(), listed=listed)


def test_a_list_that_comes_again_is_news_however_often_everything_was_read() -> None:
    """A watch that has to begin anew may have missed that an object of the account is gone, which no list shows."""
    news, read = News(), _object()
    news.surveyed([version_of(read)])
    _is_news(news, ACCOUNT, read, listed=True)

    assert _is_news(news, ACCOUNT, read, listed=True)
    news.surveyed([version_of(read)])
    assert _is_news(news, ACCOUNT, read, listed=True)
    assert not _is_news(news, ACCOUNT, read)


@pytest.mark.parametrize(("kind", "kept"), [(CLAIM, False), (JOB, False), (EVENT, False), (CONFIG_MAP, True)])
def test_only_what_a_watch_will_show_is_kept(kind: Kind, kept: bool) -> None:
    """Each Event would stay in memory until the next survey."""
    news, ours = News(), _object()
    news.left(kind, ours)

    assert _is_news(news, kind, ours) != kept


@pytest.mark.parametrize("kind", [ACCOUNT, DEPLOYMENT, POD, CONFIG_MAP])
def test_what_is_gone_is_always_news(kind: Kind) -> None:
    """Also in the version that was known."""
    news, known = News(), _object()
    news.surveyed([version_of(known)])
    news.left(kind, known)

    assert _is_news(news, kind, known, gone=True)


def _deployment(about: Json | None = None, **status: Any) -> Json:
    return _object(about={"generation": 3, **(about or {})}, status=status)


def test_a_controllers_notes_on_a_deployment_are_no_news() -> None:
    """How many replicas there are is what the pods say themselves."""
    news = News()
    assert _is_news(news, DEPLOYMENT, _deployment())
    noted = {"deployment.kubernetes.io/revision": "1"}
    progress = [{"type": "Progressing", "status": "True", "lastUpdateTime": "2026-11-20T12:00:00Z"}]

    assert not _is_news(news, DEPLOYMENT, _deployment({"annotations": noted}))
    assert not _is_news(news, DEPLOYMENT, _deployment(replicas=1, unavailableReplicas=1, conditions=progress))


@pytest.mark.parametrize(
    "changed",
    [
        _deployment({"generation": 4}),
        _deployment({"annotations": {"tradepods.dev/applied-hash": "0"}}),
        _deployment({"labels": {ACCOUNT_LABEL: "alice", "team": "red"}}),
        _deployment({"ownerReferences": []}),
        _deployment({"deletionTimestamp": "2026-11-20T12:00:00Z"}),
        _deployment(conditions=[{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}]),
    ],
)
def test_what_a_plan_looks_at_in_a_deployment_is_news(changed: Json) -> None:
    """Its spec by the generation, its metadata, and why it has no pod."""
    news = News()
    _is_news(news, DEPLOYMENT, _deployment())

    assert _is_news(news, DEPLOYMENT, changed)


def _pod(about: Json | None = None, *, name: str = "alice-1", **status: Any) -> Json:
    return _object(name, about=about, status={"phase": "Pending", **status})


def test_a_pod_that_is_placed_is_no_news_and_one_that_cannot_be_is() -> None:
    """The scheduler's word counts where it is no."""
    news = News()
    assert _is_news(news, POD, _pod())
    placed = {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-20T12:00:00Z"}

    assert not _is_news(news, POD, _pod(conditions=[placed]))
    assert _is_news(news, POD, _pod(conditions=[{**placed, "status": "False", "reason": "Unschedulable"}]))


@pytest.mark.parametrize(
    "changed",
    [
        _pod(phase="Running"),
        _pod(conditions=[{"type": "Ready", "status": "True"}]),
        _pod(containerStatuses=[{"name": "worker", "restartCount": 1}]),
        _pod({"annotations": {"tradepods.dev/settings-hash": "0"}}),
        _pod({"deletionTimestamp": "2026-11-20T12:00:00Z"}),
        _pod(name="alice-2"),
    ],
)
def test_what_a_plan_looks_at_in_a_pod_is_news(changed: Json) -> None:
    """Its phase, readiness, crashes, what it was told, and whether it is another one."""
    news = News()
    _is_news(news, POD, _pod())

    assert _is_news(news, POD, changed)


def test_a_pod_that_comes_back_as_it_was_is_news() -> None:
    """Between the two it was gone."""
    news = News()
    _is_news(news, POD, _pod())
    _is_news(news, POD, _pod(), gone=True)

    assert _is_news(news, POD, _pod())


def _is_wish(news: News, document: Json, *, gone: bool = False, seen: bool = False) -> bool:
    return news.is_wish(document, gone=gone, news=not seen)


@pytest.mark.parametrize(
    ("about", "wish"),
    [
        ({"generation": 2}, True),
        ({"annotations": {"tradepods.dev/halt": "true"}}, True),
        ({"deletionTimestamp": "2026-11-21T08:00:00Z"}, True),
        ({"uid": "another of that name"}, True),
        ({}, False),
        ({"finalizers": ["tradepods.dev/deletion-policy"]}, False),
        ({"annotations": {"example.com/looked-at": "08:00:01"}}, False),
        ({"labels": {"team": "b"}}, False),
    ],
)
def test_a_wish_is_what_somebody_wants_else_of_an_account(about: Json, *, wish: bool) -> None:
    """A halt must not wait until what failed is tried again, and a status must not call for that."""
    news = News()
    _is_wish(news, _object(about={"generation": 1}))
    changed = _object(about={"generation": 1, **about}, status={"conditions": []})

    assert _is_wish(news, changed) is wish
    assert not _is_wish(news, changed)


def test_a_wish_that_a_survey_has_read_before_the_watch_shows_it_is_one_all_the_same() -> None:
    """The account may have failed since, and what a survey calls for waits for its time."""
    news = News()
    assert not _is_wish(news, _object(about={"generation": 1}), seen=True)

    assert _is_wish(news, _object(about={"generation": 2}), seen=True)


def test_the_end_of_an_account_is_a_wish_and_nothing_is_kept_of_it() -> None:
    """Another one of its name is shown for the first time."""
    news = News()
    _is_wish(news, _object(about={"generation": 1}))

    assert _is_wish(news, _object(about={"generation": 1}), gone=True)
    assert not _is_wish(news, _object(about={"generation": 1}), seen=True)
