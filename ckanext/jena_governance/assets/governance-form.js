/* The forms of datasets and resources: one question after the other.
 *
 * Everything here only shows, hides and proposes. What holds is decided by the rules when the
 * form is sent; without this script the same form has two pages.
 */
this.ckan.module("governance-form", function ($) {
  "use strict";

  function all(root, selector) {
    return Array.prototype.slice.call(root.querySelectorAll(selector));
  }

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (_whole, name) {
      return values[name];
    });
  }

  return Object.assign({}, window.ckan.governanceDraft, {
    options: { owners: {}, user: "", levels: "", texts: {}, inherited: "", licence: "", openLicences: "" },

    initialize: function () {
      var root = (this.root = this.el[0]);
      this.form = root.closest("form");
      this.levels = this.options.levels.split(" ");
      this.ground = root.querySelector("[data-governance-ground]");
      this.ownLevel = this._value("openness");
      this.proposed = {};
      this._flag();
      all(root, "[data-governance-js]").forEach(function (el) {
        el.hidden = false;
      });
      all(root, "[name=governance_card]").forEach(function (el) {
        // The ones for those without a script are in <noscript>.
        el.disabled = false;
      });
      this.first = this._governance();
      this._restore();
      root.addEventListener("change", this._changed.bind(this));
      root.addEventListener("input", this._typed.bind(this));
      this.form.addEventListener("submit", this._submit.bind(this));
      window.addEventListener("pageshow", this._back.bind(this));
      this._owner();
      this._sync();
      this._focusSummary();
      window.setTimeout(this._name.bind(this), 0);
    },

    /* CKAN's choosers with several values have no name of their own for screen readers. */
    _name: function () {
      all(this.form, ".select2-selection[role=combobox]:not([aria-labelledby]):not([aria-label])").forEach(function (box) {
        var group = box.closest(".form-group");
        var label = group && group.querySelector("label");
        if (label) {
          box.setAttribute("aria-label", label.textContent.trim());
        }
      });
    },

    // -- reading ---------------------------------------------------------------------------------
    _flag: function () {
      var flag = this.form.querySelector("[name=governance_js]");
      if (flag) {
        flag.value = "1";
      }
    },

    _field: function (name) {
      return this.form.querySelector('[name="' + name + '"]:not([type=hidden])');
    },

    _value: function (name) {
      var chosen = this.form.querySelector('[name="' + name + '"]:checked');
      if (chosen) {
        return chosen.value;
      }
      var field = this._field(name);
      return field && field.type !== "radio" && field.type !== "checkbox" ? field.value : "";
    },

    _bases: function () {
      return all(this.root, "[name=legal_basis]:checked");
    },

    _card: function () {
      return this.root.querySelector("[name=governance_card]:checked");
    },

    _rank: function (level) {
      return this.levels.indexOf(level);
    },

    _label: function (level) {
      var input = this.root.querySelector('[name=openness][value="' + level + '"]');
      var label = input && input.parentNode.querySelector("label");
      return label ? label.textContent.trim() : level;
    },

    /* What the chosen bases let one choose: the strictest of each, as in the rules. */
    _limits: function () {
      var self = this;
      var limits = { start: 0, end: 0, proposed: 0, review: "", limited: false, opens: true, hide: true, keptOut: false, liftable: false };
      var bases = this._bases();
      bases.forEach(function (basis) {
        var levels = basis.dataset.levels.split(" ");
        limits.start = Math.max(limits.start, self._rank(levels[0]));
        limits.end = Math.max(limits.end, self._rank(levels[levels.length - 1]));
        limits.proposed = Math.max(limits.proposed, self._rank(basis.dataset["default"]));
        if (!limits.review || basis.dataset.review < limits.review) {
          limits.review = basis.dataset.review;
        }
        limits.limited = limits.limited || !!basis.dataset.limited;
        limits.opens = limits.opens && !!basis.dataset.opens;
        limits.hide = limits.hide && !!basis.dataset.hide;
        limits.keptOut = limits.keptOut || basis.dataset.files === "metadata_only";
        limits.liftable = limits.liftable || basis.dataset.liftable === "full";
      });
      limits.any = bases.length > 0;
      return limits;
    },

    /* Everything that decides who gets the data, to see whether it has changed. */
    _governance: function () {
      var bases = this._bases().map(function (basis) {
        return basis.value;
      });
      return [this._value("openness"), this._value("personal_data"), this._value("opens_on"), this._value("owner_org"), bases.sort().join()].join("|");
    },

    // -- what happens ------------------------------------------------------------------------------
    _changed: function (event) {
      var name = event.target.name;
      if (name === "governance_card") {
        this._propose();
      } else if (name === "legal_basis") {
        this._proposeFor();
      } else if (name === "personal_data") {
        this._persons();
      } else if (name === "openness") {
        this._leave();
        this._licence();
      } else if (name === "license_id") {
        this._viewable();
      } else if (name === "owner_org" || name === "owning_entity") {
        this._owner();
      }
      this._sync();
      this._keep();
    },

    _typed: function (event) {
      var name = event.target.name;
      if (name in this.proposed && event.target.value !== this.proposed[name]) {
        delete this.proposed[name];
      }
      this._keep();
    },

    /* A card: its likeliest basis, unless one is chosen already. */
    _propose: function () {
      var card = this._card();
      all(this.root, "[name=legal_basis][data-proposed]").forEach(function (basis) {
        basis.checked = false;
        basis.removeAttribute("data-proposed");
      });
      var group = this.root.querySelector('[data-governance-group="' + card.value + '"]');
      var rows = group ? all(group, "[data-governance-basis]:not([hidden]) [name=legal_basis]") : [];
      var isChosen = rows.some(function (basis) {
        return basis.checked;
      });
      if (rows.length && !isChosen) {
        rows[0].checked = true;
        rows[0].setAttribute("data-proposed", "");
      }
      this._proposeFor();
    },

    /* Bases: level, reason, end and review date. */
    _proposeFor: function () {
      var limits = this._limits();
      var card = this._card();
      if (!limits.any) {
        return;
      }
      var level = this._rank(this._value("openness"));
      if (level <= 0) {
        return; // open all the same: with a permission
      }
      if (level < limits.start || level > limits.end) {
        this._choose("openness", this.levels[limits.proposed]);
      }
      this._put("restriction_reason", card ? card.dataset.reason : "");
      this._put("ends_when", limits.limited && card ? card.dataset.ends : "");
      this._put("review_date", limits.review);
    },

    _persons: function () {
      var said = this._value("personal_data");
      var live = this.root.querySelector("[data-governance-level-live]");
      var identifies = said === "personal" || said === "pseudonymised";
      if (identifies && this._value("openness") === this.levels[0] && !this._bases().length) {
        this._choose("openness", this.levels[2]);
        this.byPersons = true;
        this._enable(true);
        var card = this.root.querySelector("#card-persons");
        if (card) {
          card.checked = true;
          this._propose();
        }
        live.textContent = this.options.texts.persons;
      } else if (!identifies && this.byPersons) {
        this.byPersons = false;
        this._choose("openness", this.levels[0]);
        live.textContent = "";
      }
    },

    _leave: function () {
      this.byPersons = false;
      var live = this.root.querySelector("[data-governance-level-live]");
      if (live) {
        live.textContent = "";
      }
    },

    _isOpenLicence: function () {
      var licence = this._value("license_id");
      return !licence || this.options.openLicences.split(" ").indexOf(licence) >= 0;
    },

    /* Data that open need a licence again: the one kept for this day, or the portal's. */
    _licence: function () {
      var licence = this._field("license_id");
      if (licence && this._value("openness") === this.levels[0] && licence.value === "other-closed") {
        licence.value = this._value("licence_when_open") || this.options.licence;
      }
    },

    /* Open to view, but not to use: that is so because of somebody's rights. */
    _viewable: function () {
      if (this._value("openness") === this.levels[0] && !this._isOpenLicence() && !this._card()) {
        this._enable(true);
        this._choose("governance_card", "thirdparty");
        this._propose();
      }
    },

    _choose: function (name, value) {
      var input = this.root.querySelector('[name="' + name + '"][value="' + value + '"]');
      if (input) {
        input.checked = true;
      }
    },

    /* A proposal: never over what somebody has typed. */
    _put: function (name, value) {
      var field = this._field(name);
      if (field && (!field.value || field.value === this.proposed[name])) {
        field.value = value;
        this.proposed[name] = value;
      }
    },

    /* The owner: what binds it, and who answers for it. */
    _owner: function () {
      var owner = this.options.owners[this._value("owning_entity") || this._value("owner_org")] || {};
      var self = this;
      if (!Object.keys(this.options.owners).length) {
        return;
      }
      all(this.root, "[data-governance-basis]").forEach(function (row) {
        var basis = row.querySelector("input");
        var fits = !owner["class"] || basis.dataset.classes.split(" ").indexOf(owner["class"]) >= 0;
        row.hidden = !fits && !basis.checked;
      });
      all(this.root, "[data-governance-card]").forEach(function (card) {
        var group = self.root.querySelector('[data-governance-group="' + card.dataset.governanceCard + '"]');
        card.hidden = !!group && !group.querySelector("[data-governance-basis]:not([hidden])");
      });
      this._put("data_steward", owner.steward || "");
      this._put("data_steward_email", owner.mailbox || "");
    },

    // -- showing -------------------------------------------------------------------------------------
    _enable: function (isShown) {
      this.ground.hidden = !isShown;
      this.ground.disabled = !isShown;
    },

    _wantsGround: function () {
      var level = this._value("openness");
      if (this.options.inherited) {
        return level !== "" && this._rank(level) > this._rank(this.options.inherited);
      }
      var isKept = this.wasViewable && this._bases().length > 0;
      return level !== this.levels[0] || isKept || (this._field("license_id") && !this._isOpenLicence());
    },

    _sync: function () {
      if (this.wasViewable === undefined) {
        // Open, and with a ground all the same: for instance because of a permission.
        this.wasViewable = this.ownLevel === this.levels[0] && !this.ground.disabled;
      }
      var wants = this._wantsGround();
      this._enable(wants);
      this._cards();
      this._parts(wants);
      this._follow();
      this._permits();
      this._opening();
    },

    _cards: function () {
      var card = this._card();
      var goto_ = card ? card.dataset.goto : "";
      all(this.root, "[data-governance-goto]").forEach(function (note) {
        note.hidden = note.dataset.governanceGoto !== goto_;
      });
      var shown = 0;
      all(this.root, "[data-governance-group]").forEach(function (group) {
        var isAsked = card && group.dataset.governanceGroup === card.value;
        var isUsed = !!group.querySelector("[name=legal_basis]:checked");
        group.hidden = !(isAsked || isUsed);
        group.open = !group.hidden;
        shown += group.hidden ? 0 : 1;
        var more = group.querySelector("[data-governance-more]");
        if (more) {
          more.hidden = !more.querySelector("[data-governance-basis]:not([hidden])");
        }
      });
      var bases = this.root.querySelector("[data-governance-bases]");
      bases.hidden = !!goto_ || shown === 0;
      var details = this.root.querySelector("[data-governance-details]");
      details.hidden = !!goto_;
      if (goto_ === "announced") {
        var notYet = this.root.querySelector("[data-governance-notyet]");
        if (notYet) {
          notYet.open = true;
        }
      }
    },

    _parts: function (wants) {
      var limits = this._limits();
      var card = this._card();
      var isElsewhere = !!(card && card.dataset.goto);
      var level = this._rank(this._value("openness"));
      var shown = {
        reason: limits.any,
        review: limits.any && level > 0,
        ends: limits.any && level > 0 && limits.limited,
        opens_on: limits.any && level > 0 && limits.limited && limits.opens,
        derivative: wants && level > 0 && limits.liftable,
        stricter: limits.any && level > limits.end,
        permission: limits.any && level < limits.start,
        hide: limits.any && level > 0 && limits.hide,
        kept_out: wants && !isElsewhere && limits.any && level > 0 && limits.keptOut,
        licence: !wants || level <= 0
      };
      shown.file = !shown.kept_out;
      all(this.root, "[data-governance-part]").forEach(function (part) {
        var name = part.dataset.governancePart;
        var isWrong = !!part.querySelector(".governance-error");
        if (name in shown) {
          part.hidden = !(shown[name] || isWrong);
        }
      });
      this._review(limits);
      // What stays in its own system is not sent along, whatever was entered before.
      all(this.root, "[name=first_url], [name=first_upload]").forEach(function (field) {
        field.disabled = shown.kept_out;
      });
    },

    _review: function (limits) {
      var holder = this.root.querySelector("[data-governance-review]");
      var hint = holder && holder.querySelector(".governance-hint");
      if (hint && limits.review) {
        var day = new Date(limits.review + "T12:00:00");
        var shown = day.toLocaleDateString(document.documentElement.lang || "de", { dateStyle: "long" });
        hint.textContent = fill(holder.dataset.governanceReview, { max_date: shown });
      }
    },

    _follow: function () {
      var said = this._value("derivative_status");
      all(this.root, "[data-governance-follow]").forEach(function (part) {
        part.hidden = part.dataset.governanceFollow.split(" ").indexOf(said) < 0;
      });
    },

    /* In words what the chosen bases permit. */
    _permits: function () {
      var live = this.root.querySelector("[data-governance-live]");
      var limits = this._limits();
      var self = this;
      if (!live) {
        return;
      }
      var card = this._card();
      if (!limits.any || this.ground.disabled || (card && card.dataset.goto)) {
        live.textContent = "";
        return;
      }
      var names = this.levels.slice(limits.start, limits.end + 1).map(function (level) {
        return self._label(level);
      });
      var proposed = this._label(this.levels[limits.proposed]);
      var others = names.filter(function (name) {
        return name !== proposed;
      });
      var text = others.length ? this.options.texts.proposed : this.options.texts.only;
      live.textContent = fill(text, { level: proposed, levels: others.join(", ") });
    },

    /* "What has changed?" is asked once something changes. */
    _opening: function () {
      var part = this.root.querySelector("[data-governance-opening]");
      if (part) {
        var isWrong = !!part.querySelector(".error, .governance-error, .alert");
        part.hidden = !isWrong && this._governance() === this.first;
      }
    },

    _focusSummary: function () {
      var summary = document.getElementById("governance-summary");
      if (summary) {
        summary.focus();
        summary.addEventListener("click", this._lead.bind(this));
      }
    },

    /* A link of the summary: opens what is folded, and goes to the field itself. */
    _lead: function (event) {
      var link = event.target.closest("a[href^='#']");
      var field = link && document.getElementById(link.getAttribute("href").slice(1));
      if (!field) {
        return;
      }
      event.preventDefault();
      for (var el = field; el; el = el.parentElement) {
        if (el.tagName === "DETAILS") {
          el.open = true;
        }
      }
      field.focus();
      field.scrollIntoView({ block: "center" });
    },

    // -- nothing typed is lost -------------------------------------------------------------------
    _submit: function () {
      this._keep("sent");
    },

    /* The browser's back button brings the page back with its button still out of order. */
    _back: function () {
      all(this.form, "button[name=save]").forEach(function (button) {
        button.removeAttribute("disabled");
      });
    }
  });
});
