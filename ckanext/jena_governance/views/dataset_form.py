"""The form of a dataset: one page, or two without JavaScript; nothing typed is lost.

The pages are CKAN's own (their addresses, templates and checks); what is different is what
happens when a form of ours is sent. Other forms and programs get CKAN's answer.
"""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, g, make_response
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

import ckantoolkit as tk
from ckan import model
from ckan.lib.navl.dictization_functions import DataError, unflatten
from ckan.logic import clean_dict, parse_params, tuplize_dict
from ckan.types import Context
from ckan.views.dataset import CreateView, EditView

from ckanext.jena_governance import config
from ckanext.jena_governance.access import forgery
from ckanext.jena_governance.logic import (
    contract,
    dataset_form,
    form_conflict,
    form_post,
    question,
    submissions,
)
from ckanext.jena_governance.logic.form_post import Post
from ckanext.jena_governance.policy import CLOSED, LOCK, OPEN
from ckanext.scheming.helpers import scheming_get_dataset_form_pages

SAVED = "governance_saved"

Answer = Response | str


class NewView(CreateView):
    """A new dataset, or a draft of one."""

    def post(self, package_type: str) -> Any:
        """Save a draft, or publish: with the first file or link, in one go."""
        post = _posted()
        if post is None:
            return super().post(package_type)
        self._prepare()
        if post.wants_second_page:
            return self._second_page(package_type, post)
        became = submissions.take(post.token)
        if became:
            return _saved_before(package_type, became, post)
        return self._saved(package_type, post)

    def _second_page(self, package_type: str, post: Post) -> Answer:
        setattr(g, dataset_form.SECOND_PAGE, True)
        return self._again(package_type, post, {})

    def _saved(self, package_type: str, post: Post) -> Any:
        saving = _Saving(package_type, post)
        try:
            dataset = saving.run()
        except tk.ValidationError as error:
            submissions.give_back(post.token)
            return self._again(package_type, post, error.error_dict, draft=saving.draft)
        except tk.NotAuthorized as error:
            submissions.give_back(post.token)
            return tk.abort(403, str(error))
        submissions.saved(post.token, dataset["id"])
        return _done(package_type, dataset, post)

    def _again(self, package_type: str, post: Post, errors: dict[str, Any], draft: str = "") -> Any:
        """The form once more, with all that was typed."""
        errors = _with_title(errors, post)
        draft = draft or post.draft
        typed = dict(post.typed, state="draft" if draft else "none")
        if draft:
            typed["id"] = draft
            return EditView().get(package_type, draft, typed, errors, _lines(errors))
        return self.get(package_type, typed, errors, _lines(errors))


class ChangeView(EditView):
    """A dataset that is stored already."""

    def post(self, package_type: str, id: str) -> Any:
        """Save it, unless somebody else has done so meanwhile."""
        post = _posted()
        if post is None:
            return super().post(package_type, id)
        context = _context()
        try:
            stored = tk.get_action("package_show")(tk.fresh_context(context), {"id": id})
            tk.check_access("package_update", context, {"id": stored["id"]})
        except tk.ObjectNotFound:
            return tk.abort(404, tk._("Dataset not found"))
        except tk.NotAuthorized:
            return tk.abort(403, tk._("Unauthorized to edit this dataset"))
        if post.wants_second_page and stored.get("openness") in ("", None, OPEN):
            setattr(g, dataset_form.SECOND_PAGE, True)
            return self.get(package_type, id, post.typed, {}, {})
        try:
            dataset = _changed(context, stored, post)
        except tk.ValidationError as error:
            errors = _with_title(error.error_dict, post)
            return self.get(package_type, id, post.typed, errors, _lines(errors))
        except tk.NotAuthorized as error:
            return tk.abort(403, str(error))
        return _done(package_type, dataset, post)


class _Saving:
    """A new dataset on its way: checked as a whole, then written step by step.

    Written as a draft first: whatever fails on the way, nothing is public, and nothing lost.
    """

    def __init__(self, package_type: str, post: Post) -> None:
        self.package_type = package_type
        self.post = post
        self.draft = post.draft

    def run(self) -> dict[str, Any]:
        """Save it, and publish it if that is wanted.

        Raises:
            ckan.logic.ValidationError: a rule, or CKAN, refuses it.
        """
        data = self._data()
        if not self.post.is_draft:
            self._require_rules(data)
        action = "package_update" if self.draft else "package_create"
        dataset = self._act(action, dict(data, state="draft"))
        self.draft = dataset["id"]
        if self.post.is_unsure:
            _ask(_context(), dataset["id"])
        if self.post.first:
            self._act("resource_create", dict(self.post.first, package_id=dataset["id"]))
        if self.post.is_draft:
            return dataset
        published = {"id": dataset["id"], "state": "active"}
        return self._act("package_patch", published)

    def _data(self) -> dict[str, Any]:
        data = dict(self.post.data, type=self.package_type)
        if self.post.is_unsure:
            data["openness"] = CLOSED  # from the first moment; the lock itself follows
        if self.draft:
            data["id"] = self.draft
        if not data.get("name") and data.get("title"):
            data["name"] = form_post.name_for(str(data["title"]))
        return data

    def _require_rules(self, data: dict[str, Any]) -> None:
        stored = self._act("package_show", {"id": self.draft}) if self.draft else None
        whole = dict(data, state="active")
        if self.post.is_unsure:
            whole["legal_basis"] = [LOCK]
        _require_rules(stored, whole, self.post)

    def _act(self, action: str, data: dict[str, Any]) -> dict[str, Any]:
        return tk.get_action(action)(_context(), data)


def _context() -> Context:
    """Whoever is signed in, at a form: files that are not sent stay (2.11 asks for that)."""
    context: dict[str, Any] = {
        "model": model,
        "session": model.Session,
        "user": tk.current_user.name,
        "auth_user_obj": tk.current_user,
        "save": True,
        "allow_state_change": True,
        "allow_partial_update": True,
    }
    return cast("Context", context)


def _require_rules(stored: dict[str, Any] | None, data: dict[str, Any], post: Post) -> None:
    """Ask what the rules say of it with its first file: before anything is stored."""
    resources = list(stored["resources"]) if stored else []
    if post.first:
        resources.append(dict(post.first))
    write = contract.weigh(_context(), stored, dict(data, resources=resources))
    if write.refusing:
        action = "package_update" if stored else "package_create"
        raise contract.refuse(_context(), action, write)


def _changed(context: Context, stored: dict[str, Any], post: Post) -> dict[str, Any]:
    rows: list[Any] = list(form_conflict.rows_of(stored, post))
    if rows:
        raise tk.ValidationError({dataset_form.CONFLICT: rows})
    data = dict(post.data, id=stored["id"])
    if post.is_unsure:
        # At once, whatever else may be wrong; and what locks it is no longer in question then.
        _ask(context, stored["id"])
        for name in ("openness", "if_openness", *form_post.GROUND_FIELDS):
            data.pop(name, None)
    if post.save == "go-metadata-unpublish":
        data["state"] = "draft"
    if post.first:
        _require_rules(stored, data, post)
    dataset = tk.get_action("package_update")(context, data)
    if post.first:
        first = dict(post.first, package_id=stored["id"])
        tk.get_action("resource_create")(tk.fresh_context(context), first)
    return dataset


def _ask(context: Context, package_id: str) -> None:
    locked = question.ask(context, package_id)
    mailbox = config.legal_mailbox() or tk._("The portal administration")
    tk.h.flash_notice(
        tk._(
            "The dataset is provisionally locked until {date}. {contact} will check and contact "
            "you."
        ).format(date=tk.h.render_datetime(locked["review_date"]), contact=mailbox)
    )


def _posted() -> Post | None:
    """What was sent, if it was a form of ours; whoever is not signed in, signs in first."""
    if not form_post.is_ours(tk.request.form):
        return None
    try:
        typed = clean_dict(unflatten(tuplize_dict(parse_params(tk.request.form))))
    except DataError:
        return tk.abort(400, tk._("Integrity Error"))
    upload = tk.request.files.get("first_upload")
    if upload:
        typed["first_file"] = str(upload.filename)
    return form_post.read(typed, upload)


def _saved_before(package_type: str, package_id: str, post: Post) -> Any:
    """The button was pressed twice, or the form came back with the browser's back button."""
    stored = tk.get_action("package_show")({}, {"id": package_id})
    if form_conflict.is_same(stored, post):
        return _done(package_type, stored, post)
    tk.h.flash_notice(tk._("This dataset is saved already. Here you can change it."))
    g.form_action = tk.h.url_for(f"{package_type}.edit", id=stored["name"])
    typed = {name: value for name, value in post.typed.items() if name != "name"}
    return EditView().get(package_type, stored["id"], typed, {}, {})


def _done(package_type: str, dataset: dict[str, Any], post: Post) -> Response:
    if post.is_draft:
        tk.h.flash_success(tk._("The draft is saved. Nobody but you and your colleagues sees it."))
        target = tk.redirect_to(f"{package_type}.edit", id=dataset["name"])
    else:
        target = tk.redirect_to(f"{package_type}.read", id=dataset["name"])
    response = make_response(target)
    # Tells the script that its copy of what was typed has done its duty.
    response.set_cookie(SAVED, post.token[:64], max_age=86400, samesite="Lax", path="/")
    return response


def _with_title(errors: dict[str, Any], post: Post) -> dict[str, Any]:
    """CKAN asks for the address where it is the title that is missing."""
    if "name" not in errors or post.data.get("title"):
        return errors
    others = {name: text for name, text in errors.items() if name != "name"}
    return {"title": [tk._("Give the dataset a title.")], **others}


def _lines(errors: dict[str, Any]) -> dict[str, str]:
    """CKAN wants a summary of its own; ours is made from the errors."""
    return dict.fromkeys(errors, "")


def _sign_in() -> Response:
    tk.h.flash_error(
        tk._("You were signed out. Sign in again; what you typed will be there afterwards.")
    )
    return tk.redirect_to("user.login", came_from=_own_address())


def _own_address() -> str:
    """The form's address in the language it is read in."""
    arguments = dict(tk.request.view_args or {})
    package_type = arguments.pop("package_type")
    return tk.h.url_for(f"{package_type}.{'edit' if arguments else 'new'}", **arguments)


def _signed_out(_error: CSRFError) -> Any:
    """CKAN's own check, where it looks at pages of extensions, too."""
    if not getattr(tk.current_user, "is_authenticated", False):
        return _sign_in()
    return _outdated()


def _outdated() -> Any:
    """The session is not the one the form came from: whoever has a new one gets the form back."""
    post = None if forgery.is_from_elsewhere() else _posted()
    if post is None:
        refusal = {
            "code": 403,
            "name": "",
            "content": tk._("This form is too old. Reload the page and try again."),
        }
        return make_response(tk.render("error_document_template.html", refusal), 403)
    tk.h.flash_error(tk._("The form had been open for long. Nothing is lost: save it once more."))
    arguments = tk.request.view_args or {}
    package_type = str(arguments["package_type"])
    if "id" in arguments:
        page = EditView().get(package_type, str(arguments["id"]), post.typed, {}, {})
    else:
        page = CreateView().get(package_type, dict(post.typed, state="none"), {}, {})
    return make_response(page, 403)


def _require_own_form() -> Any:
    """Nobody fills in a form for nothing, and no other site sends one.

    CKAN looks at neither here: it leaves pages of extensions to the extensions.
    """
    if tk.request.method != "POST":
        return None
    is_signed_in = getattr(tk.current_user, "is_authenticated", False)
    if not is_signed_in and form_post.is_ours(tk.request.form):
        return _sign_in()
    try:
        forgery.require_own_page()
    except tk.NotAuthorized:
        return _outdated()
    return None


def make_blueprint() -> Blueprint:
    """The routes, in front of CKAN's own, for each dataset type that is ours.

    Types whose schema divides the form into pages keep ckanext-scheming's way through them.
    """
    blueprint = Blueprint("governance_form", __name__)
    for package_type in sorted(config.dataset_types()):
        if scheming_get_dataset_form_pages(package_type):
            continue
        defaults = {"package_type": package_type}
        blueprint.add_url_rule(
            f"/{package_type}/new",
            defaults=defaults,
            view_func=NewView.as_view(f"{package_type}_new"),
        )
        blueprint.add_url_rule(
            f"/{package_type}/edit/<id>",
            defaults=defaults,
            view_func=ChangeView.as_view(f"{package_type}_edit"),
        )
    blueprint.before_request(_require_own_form)
    blueprint.register_error_handler(CSRFError, _signed_out)
    return blueprint
