"""What the live stream tells beside the lines of the journal; ``asOf`` in seconds of the epoch."""

from __future__ import annotations

from api.shapes.base import Shape, Text
from api.shapes.kind import KindSummary, ShardShape, verdict_of
from api.shapes.plan import PlanSummaryShape
from api.shapes.plan import summary as plan_summary
from api.shapes.system import DependencyShape
from orchestrator.engine.answers.news import DependencyNews, KindNews, PlanNews, ShardNews

News = KindNews | ShardNews | DependencyNews | PlanNews


class SummaryNewsShape(KindSummary):
    as_of: float


class ShardNewsShape(Shape):
    """``items``: the shards that changed, in full; ``gone``: numbers of those that are no more."""

    as_of: float
    kind: Text
    items: tuple[ShardShape, ...]
    gone: tuple[int, ...]


class DependencyNewsShape(Shape):
    as_of: float
    items: tuple[DependencyShape, ...]


class PlanNewsShape(Shape):
    """The plan that is carried out, as in the list of plans."""

    as_of: float
    kind: Text
    plan: PlanSummaryShape


def news_shape(news: News, audit_bound: float) -> Shape:
    if isinstance(news, KindNews):
        status = news.status
        names = (name for name in KindSummary.model_fields if name != "verdict")
        values = {name: getattr(status, name) for name in names}
        verdict = verdict_of(status, audit_bound)
        return SummaryNewsShape.of(values | {"verdict": verdict, "as_of": news.as_of})
    if isinstance(news, ShardNews):
        return ShardNewsShape(
            as_of=news.as_of,
            kind=news.kind,
            items=tuple(ShardShape.of(one) for one in news.shards),
            gone=tuple(news.gone),
        )
    if isinstance(news, DependencyNews):
        items = tuple(DependencyShape.of(one) for one in news.dependencies)
        return DependencyNewsShape(as_of=news.as_of, items=items)
    return PlanNewsShape(as_of=news.as_of, kind=news.plan.kind, plan=plan_summary(news.plan))
