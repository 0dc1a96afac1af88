"""Every page's address."""

from django.urls import URLPattern, URLResolver, path

from wealthloop.web.views import (
    bank,
    customers,
    desk,
    editing,
    factory,
    fairness,
    feedback,
    growth,
    incentives,
    library,
    lives,
    prelaunch,
    preview,
    reports,
    rhythm,
    rules,
    session,
    strategies,
    stream,
    years,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", session.start, name="start"),
    path("login/", session.Login.as_view(), name="login"),
    path("logout/", session.leave, name="logout"),
    path("language/", session.language, name="language"),
    path("desk/", desk.desk, name="desk"),
    path("desk/list/", desk.desk_list, name="desk-list"),
    path("desk/stream/", stream.desk_stream, name="desk-stream"),
    path("desk/cards/<str:card_id>/", desk.desk_card, name="desk-card"),
    path("desk/cards/<str:card_id>/side/", customers.desk_side, name="desk-side"),
    path("desk/cards/<str:card_id>/claim/", desk.card_claim, name="card-claim"),
    path("desk/cards/<str:card_id>/outcome/", desk.card_outcome, name="card-outcome"),
    path("customers/", customers.customers, name="customers"),
    path("customers/<str:customer_id>/", customers.customer, name="customer"),
    path("customers/<str:customer_id>/side/", customers.customer_side, name="customer-side"),
    path("preview/", preview.preview, name="preview"),
    path("reports/", reports.reports, name="reports"),
    path("feedback/", feedback.feedback, name="feedback"),
    path("years/", years.years, name="years"),
    path("strategies/", strategies.strategies, name="strategies"),
    path("strategies/<str:strategy_id>/<int:version>/edit/", editing.strategy_edit, name="strategy-edit"),
    path("strategies/<str:strategy_id>/<int:version>/before/", prelaunch.prelaunch, name="prelaunch"),
    path("strategies/<str:strategy_id>/<int:version>/<str:step>/", lives.strategy_step, name="strategy-step"),
    path("growth/", growth.growth, name="growth"),
    path("growth/<str:proposal_id>/<str:step>/", growth.proposal_step, name="proposal-step"),
    path("rhythm/", rhythm.rhythm, name="rhythm"),
    path("rules/", rules.rules, name="rules"),
    path("library/", library.library, name="library"),
    path("library/<str:strategy_id>/draft/", library.library_draft, name="library-draft"),
    path("library/<str:strategy_id>.yaml", library.library_document, name="library-document"),
    path("incentives/", incentives.incentives, name="incentives"),
    path("fairness/", fairness.fairness, name="fairness"),
    path("segments/", bank.segments, name="segments"),
    path("bank/", bank.bank, name="bank"),
    path("models/", factory.factory, name="models"),
    path("models/<path:model_id>/step/<str:step>/", factory.model_step, name="model-step"),
    path("models/<path:model_id>/", factory.model, name="model"),
]
handler400 = "wealthloop.web.views.errors.bad_request"
handler403 = "wealthloop.web.views.errors.forbidden"
handler404 = "wealthloop.web.views.errors.not_found"
handler500 = "wealthloop.web.views.errors.failed"
