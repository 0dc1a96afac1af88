"""The steps of a night: each a function of the night that counts what it did and may be repeated after a kill."""

from datetime import timedelta

from django.db import transaction

from wealthloop import features, insight, ledger, scoring
from wealthloop.champions.register import register, register_effects
from wealthloop.delivery import cards, outbox
from wealthloop.delivery.models import Intent
from wealthloop.errors import Conflict
from wealthloop.feedback.said import done_already
from wealthloop.insight.wallet import kept as wallet
from wealthloop.leads import repository as leads
from wealthloop.leads.detect import detect
from wealthloop.leads.document import Rule
from wealthloop.leads.triggers import RULES
from wealthloop.loop.decide import counted, decide
from wealthloop.loop.deliver import deliver_due
from wealthloop.loop.effects import refresh_effects
from wealthloop.loop.intents import intents_of
from wealthloop.loop.models import Run
from wealthloop.loop.placing import close_days
from wealthloop.loop.preview import write_previews
from wealthloop.loop.scheduled import scheduled_events
from wealthloop.loop.types import Counts, Night
from wealthloop.policies.sync import sync_bank_contacts
from wealthloop.reports.conversions import SuccessCategories, conversions
from wealthloop.scoring.catalogue import declared, regions_of
from wealthloop.scoring.matrix import with_regions
from wealthloop.scoring.types import Lives
from wealthloop.strategies.life import running
from wealthloop.strategies.parts import SALES
from wealthloop.strategies.repository import versions

_SEED = 7
_MANY_MODELS = 30
"""From so many on it pays to look which customers' values have changed since the night before."""
_CONTACTS_REACH = timedelta(days=92)
"""The longest window of any cap."""
_LATE_PURCHASES = timedelta(days=31)
"""How far back purchases are matched to cards anew each night, for rows that the bank learns late."""


def build_features(night: Night) -> Counts:
    """Build and keep the day's features."""
    table = features.update(night.bank, night.engine, night.home, as_of=night.as_of)
    return {"customers": table.num_rows, "features": table.num_columns - 1}


def train_models(night: Night) -> Counts:
    """Train the models when there are none that are still good."""
    specs = _wanted(night)
    counts = {"trained": 0}
    if not scoring.fresh(night.home, as_of=night.as_of, specs=specs):
        records = scoring.train(night.bank, night.engine, night.home, as_of=night.as_of, seed=_SEED, specs=specs)
        with transaction.atomic():
            register(records, (), now=night.now)
        counts = {"trained": len(records), "with_scores": sum(record.has_scores for record in records)}
    effects = refresh_effects(night, running(night.as_of))
    with transaction.atomic():
        register_effects(night.home, effects, now=night.now)
    return {**counts, "effects": len(effects)}


def score_customers(night: Night) -> Counts:
    """Score every customer by every model that the night is to use; what has not changed is taken over."""
    table = features.load(night.home, night.as_of)
    specs = _wanted(night)
    if any(isinstance(one, Lives) for spec in specs for one in spec.population):
        table = with_regions(night.bank, night.engine, table, as_of=night.as_of)
    before = _before(night) if len(specs) >= _MANY_MODELS else None
    scored = scoring.score(night.home, table, only={spec.model_id for spec in specs}, before=before)
    scoring.save(night.home, night.as_of, scored)
    return {"models": scored.num_columns - 1, "customers": scored.num_rows}


def check_models(night: Night) -> Counts:
    """Say how healthy the models are tonight: drift of their scores, and what came of those whose window has closed."""
    scores = scoring.load(night.home, night.as_of)
    seen = scoring.look_back(night.bank, night.engine, night.home, scores.column_names[1:], as_of=night.as_of)
    health = scoring.drift(night.home, scores, seen)
    scoring.save_health(night.home, night.as_of, health)
    return {"models": len(health), "may_choose": sum(one.feeds != "none" for one in health), "looked_back": len(seen)}


def profile_customers(night: Night) -> Counts:
    """Say who every customer is: tier, lifecycle, life stage, funds, tags, and which tags have moved since."""
    known = features.load(night.home, night.as_of)
    table = insight.profiles(night.bank, night.engine, as_of=night.as_of, features=known)
    insight.save(night.home, night.as_of, table)
    tags = insight.tag_table(night.bank, as_of=night.as_of, features=known, zone=night.home.zone)
    moves = insight.save_tags(night.home, night.as_of, tags)
    return {"customers": table.num_rows, "tag_transitions": moves.num_rows}


def estimate_wallets(night: Night) -> Counts:
    """Estimate what customers have elsewhere; the model is fitted anew each month. No decision of a night reads it."""
    if night.models == "used":
        return {}
    known = features.load(night.home, night.as_of)
    model = wallet.model_for(night.home, night.bank, night.engine, known, as_of=night.as_of)
    if model is None:
        return {"customers": 0}
    wallet.save_model(night.home, model)
    table = insight.wallets(model, night.bank, night.engine, known, as_of=night.as_of)
    wallet.save_wallets(night.home, night.as_of, table)
    return {"customers": table.num_rows, "audited": len(model.sample.y)}


def find_leads(night: Night) -> Counts:
    """Turn events, and the days of schedules, into leads; end those that are over."""
    events = detect(
        night.bank,
        night.engine,
        as_of=night.as_of,
        features=features.load(night.home, night.as_of),
        profiles=insight.load(night.home, night.as_of),
        rules=_rules(night),
    )
    scheduled = scheduled_events(night, running(night.as_of))
    recorded = leads.record((*events, *scheduled), as_of=night.as_of)
    expired = leads.expire(night.as_of)
    done = leads.end_done(done_already(night.begins, night.home.zone))
    counts = {"found": recorded.found, "new": recorded.new, "scheduled": len(scheduled)}
    return {**counts, "expired": expired, "done_already": done}


def plan_contacts(night: Night) -> Counts:
    """Decide who gets what; the decisions are durable and their digest recorded before any intent exists.

    A partition whose digest is not in its run's record is one that a kill left behind: no intent stands for it, so it
    goes, of this run or of an earlier one that was given up, and this night is decided anew.
    """
    if Run.objects.get(pk=night.run_id).ledger_hash:
        return counted(ledger.read_run(night.home, night.run_id))
    for undecided in Run.objects.filter(ledger_hash=""):
        ledger.discard(night.home, undecided.run_id)
    close_days(night.home, now=night.now)
    _count_foreign_contacts(night)
    cards.expire(today=night.first_day)
    decided = decide(night)
    ledger.write_known(night.home, night.run_id, decided.known)
    ledger.write_prices(night.home, night.run_id, decided.prices)
    ledger.write_floors(night.home, night.run_id, decided.floors)
    ledger.write_averages(night.home, night.run_id, decided.averages)
    digest = ledger.write(night.home, night.run_id, decided.table)
    Run.objects.filter(pk=night.run_id).update(ledger_hash=digest)
    return decided.counts


def stage_intents(night: Night) -> Counts:
    """Put an intent into the outbox for every released decision, and mark the leads that were planned.

    Raises:
        Conflict: the decisions on disk are not those whose digest was recorded.
    """
    recorded = Run.objects.get(pk=night.run_id).ledger_hash
    if not recorded or ledger.digest(night.home, night.run_id) != recorded:
        raise Conflict(f"run {night.run_id}: its decisions are not those that were recorded, restore its ledger file")
    decisions = ledger.read_run(night.home, night.run_id)
    outbox.stage(intents_of(night, decisions), now=night.now)
    leads.mark_planned([str(lead_id) for lead_id in decisions["lead_id"].to_pylist()])
    return {"intents": Intent.objects.filter(run_id=night.run_id).count()}


def deliver(night: Night) -> Counts:
    """Settle what dead workers left, send what is due, take the providers' receipts in.

    Contacts of other systems are counted once more where a night that is resumed has learned of new ones.
    """
    if night.bank.version() != Run.objects.get(pk=night.run_id).inputs["tables"]:
        _count_foreign_contacts(night)
    return deliver_due(night.home, night.bank, night.engine, as_of=night.as_of, now=night.now, worker="night")


def match_purchases(night: Night) -> Counts:
    """Win the cards that a purchase followed, by the criteria of the versions that have contacted."""
    wanted = [
        SuccessCategories(strategy_id=row.strategy_id, categories=tuple(row.document["success"]["categories"]))
        for row in versions()
        if row.launched_on is not None and row.document["success"]["metric"] in SALES
    ]
    since = night.as_of - _LATE_PURCHASES
    found = conversions(night.bank, night.engine, strategies=wanted, since=since, as_of=night.as_of)
    return {"purchases": len(found), "won": cards.match_wins(found, now=night.now)}


def preview_cards(night: Night) -> Counts:
    """In a demonstration home, write the cards that would be made if the missing facts were there."""
    if night.home.settings.kind != "demonstration":
        return {"previews": 0}
    return {"previews": write_previews(night)}


def _wanted(night: Night) -> tuple[scoring.ModelSpec, ...]:
    """Return the declared models that the night trains and scores by.

    Those that running strategies name, and what these stand on; beside them, unless the night is to use nothing else,
    the six that every home has.
    """
    named = {model_id for one in running(night.as_of) for model_id in one.document.model_ids}
    always = {spec.model_id for spec in scoring.SPECS} if night.models == "all" else set()
    if named | always <= {spec.model_id for spec in scoring.SPECS}:
        return tuple(spec for spec in scoring.SPECS if spec.model_id in named | always)
    return declared(named | always, regions_of(night.bank, night.engine, as_of=night.as_of))


def _before(night: Night) -> scoring.Before | None:
    """Return what the newest complete night knew and scored."""
    day = night.home.current()
    if day is None or day >= night.as_of or not (night.home.scores / f"{day.isoformat()}.parquet").exists():
        return None
    return scoring.Before(features=features.load(night.home, day), scores=scoring.load(night.home, day))


def _rules(night: Night) -> tuple[Rule, ...]:
    """Return the event rules that the night looks for: all, or those that a running strategy answers."""
    if night.models == "all":
        return RULES
    answered = {trigger for one in running(night.as_of) for trigger in one.document.triggers}
    return tuple(rule for rule in RULES if rule.name in answered)


def _count_foreign_contacts(night: Night) -> None:
    sync_bank_contacts(night.bank, night.engine, since=night.as_of - _CONTACTS_REACH)
