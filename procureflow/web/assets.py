"""The corporate asset register: a list open to all staff, and its import by the ICT service."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from procureflow.domain import assets as domain
from procureflow.domain.bundle import Bundle
from procureflow.domain.errors import Stale, WrongState
from procureflow.domain.permissions import Permission, allows
from procureflow.queries import assets as reading
from procureflow.queries import policies
from procureflow.services import assets as services
from procureflow.web import context
from procureflow.web.access import requires
from procureflow.web.forms.assets import RegisterForm
from procureflow.web.forms.fields import Form
from procureflow.web.listing import render_list

bp = Blueprint("assets", __name__, url_prefix="/catalogue/assets")


def suggest_places(form: Form, bundle: Bundle) -> None:
    """Whoever says where something is used is offered the places of the register, so that the same
    place is written alike."""
    if bundle.place_question in form:
        form[bundle.place_question].suggestions = reading.places(context.reading())


@bp.get("")
@requires(Permission.ASSETS_VIEW)
def index() -> Any:
    """Every asset, with filters."""
    bundle = policies.bundle_in_force(context.reading(), context.today())
    return render_list(
        "assets/index.html",
        reading.assets_listing(bundle),
        bundle=bundle,
        categories=bundle.questions.all()["category"][1].options,
        may_import=allows(Permission.ASSETS_IMPORT, context.actor()),
    )


@bp.route("/import", methods=["GET", "POST"])
@requires(Permission.ASSETS_IMPORT)
def choose() -> Any:
    """Choose a file. What is wrong with it is named line by line, and nothing is changed yet."""
    form = RegisterForm()
    faults: domain.RegisterFaults | None = None
    if request.method == "POST":
        form.validate()
        file = form.register.data
        if not form.problems and not (file and file.filename):
            form.take({"register": "Choose a file."})
        if not form.problems:
            try:
                with context.unit_of_work() as session:
                    services.read_in(
                        session,
                        file=file.filename,
                        data=file.read(),
                        actor_id=context.actor_id(),
                        now=context.now(),
                    )
                return redirect(url_for("assets.confirm"))
            except domain.RegisterFaults as error:
                faults = error
                form.take({"register": "The file can’t be imported: see below what is wrong."})
    bundle = policies.bundle_in_force(context.reading(), context.today())
    body = render_template(
        "assets/choose.html",
        form=form,
        faults=faults,
        columns=domain.COLUMNS,
        bundle=bundle,
        categories=bundle.questions.all()["category"][1].options,
    )
    return body, 400 if form.problems else 200


@bp.route("/import/confirm", methods=["GET", "POST"])
@requires(Permission.ASSETS_IMPORT)
def confirm() -> Any:
    """What the file changes; then the import, or the file is forgotten."""
    form = Form()
    if request.method == "POST" and "forget" in request.form:
        with context.unit_of_work() as session:
            services.discard(session, actor_id=context.actor_id(), now=context.now())
        flash("The file is forgotten. The register is as it was.")
        return redirect(url_for("assets.index"))
    if request.method == "POST":
        try:
            with context.unit_of_work() as session:
                done = services.import_assets(
                    session, actor_id=context.actor_id(), now=context.now()
                )
            count = len(done.added) + len(done.changed) + done.unchanged
            flash(f"The register is imported. It has {count:,} assets now.")
            return redirect(url_for("assets.index"))
        except (Stale, WrongState) as refusal:
            form.take({"": f"{refusal.message} {refusal.remedy}"})
    session = context.reading()
    note = reading.import_of(session, context.actor().person)
    if note is None:
        if form.problems:
            flash("There is no file to import. Choose it first.", "problem")
        return redirect(url_for("assets.choose"))
    before = reading.register(session)
    after = {asset.tag: asset for asset in reading.assets_in(note)}
    body = render_template(
        "assets/confirm.html",
        form=form,
        note=note,
        before=before,
        after=after,
        changes=domain.compare(before, after),
    )
    return body, 400 if form.problems else 200
