/* What is typed into a form is kept in the browser until it is saved: after an expired session, a
 * lost connection or the back button it is there again. Part of the module governance-form.
 */
(function (ckan) {
  "use strict";

  var DRAFT = "governance-form:";

  function all(root, selector) {
    return Array.prototype.slice.call(root.querySelectorAll(selector));
  }

  ckan.governanceDraft = {
    _key: function () {
      return DRAFT + this.options.user + ":" + window.location.pathname.replace(/^\/[a-z]{2}(_[A-Z]{2})?\//, "/");
    },

    _token: function () {
      var token = this.form.querySelector("[name=governance_form]");
      return token ? token.value : "";
    },

    _keep: function (state) {
      if (!this._token()) {
        return;
      }
      var fields = [];
      all(this.form, "input[name], select[name], textarea[name]").forEach(function (field) {
        if (/^(hidden|file|submit|password)$/.test(field.type)) {
          return;
        }
        if (/^(radio|checkbox)$/.test(field.type) && !field.checked) {
          return;
        }
        fields.push([field.name, field.value]);
      });
      var copy = { token: this._token(), fields: fields, loaded: this._loaded(), sent: state === "sent", file: this._file() };
      try {
        window.sessionStorage.setItem(this._key(), JSON.stringify(copy));
      } catch (error) {
        // No room, or not allowed: then it is as without this copy.
      }
    },

    _file: function () {
      var upload = this.form.querySelector("[type=file]");
      return upload && upload.files && upload.files.length > 0;
    },

    _loaded: function () {
      var loaded = this.form.querySelector("[name=governance_loaded]");
      return loaded ? loaded.value : "";
    },

    _restore: function () {
      var copy = null;
      try {
        copy = JSON.parse(window.sessionStorage.getItem(this._key()));
      } catch (error) {
        return;
      }
      if (!copy || !this._token()) {
        return;
      }
      var isSaved = document.cookie.indexOf("governance_saved=" + copy.token) >= 0;
      var isOld = copy.loaded !== this._loaded();
      if (isSaved && this._cameBack()) {
        // The same form once more: the server shall know that it was saved already.
        this.form.querySelector("[name=governance_form]").value = copy.token;
        this._bring(copy);
        return;
      }
      if (isSaved || isOld) {
        this._forget();
        return;
      }
      if (copy.token === this._token()) {
        this._keep(); // the server has sent back what was typed
        return;
      }
      if (copy.sent) {
        this._bring(copy);
      } else {
        this._offer(copy);
      }
    },

    _cameBack: function () {
      var entries = window.performance.getEntriesByType("navigation");
      return entries.length > 0 && entries[0].type === "back_forward";
    },

    _forget: function () {
      try {
        window.sessionStorage.removeItem(this._key());
      } catch (error) {
        // Nothing to forget then.
      }
    },

    _bring: function (copy) {
      var form = this.form;
      var seen = {};
      all(form, "[type=checkbox][name], [type=radio][name]").forEach(function (box) {
        box.checked = false;
      });
      this._enable(true);
      copy.fields.forEach(function (pair) {
        var fields = all(form, '[name="' + pair[0].replace(/["\\]/g, "\\$&") + '"]').filter(function (field) {
          return field.type !== "hidden" && field.type !== "file";
        });
        if (!fields.length) {
          return;
        }
        if (/^(radio|checkbox)$/.test(fields[0].type)) {
          fields.forEach(function (field) {
            field.checked = field.checked || field.value === pair[1];
          });
          return;
        }
        var at = seen[pair[0]] || 0;
        seen[pair[0]] = at + 1;
        if (fields[at]) {
          fields[at].value = pair[1];
        }
      });
      var self = this;
      var discard = [this.options.texts.discard, function () {
        self._forget();
        window.location.replace(window.location.pathname);
      }];
      this._say(this.options.texts.restored + (copy.file ? " " + this.options.texts.again : ""), [discard]);
    },

    _offer: function (copy) {
      var self = this;
      this._say(this.options.texts.found, [
        [this.options.texts.restore, function () {
          self._bring(copy);
          self._owner();
          self._sync();
        }],
        [this.options.texts.discard, function () {
          self._forget();
          self._say("", []);
        }]
      ]);
    },

    _say: function (text, buttons) {
      var old = this.root.querySelector("[data-governance-kept]");
      if (old) {
        old.remove();
      }
      if (!text) {
        return;
      }
      var note = document.createElement("div");
      note.className = "governance-note";
      note.setAttribute("data-governance-kept", "");
      note.setAttribute("role", "status");
      note.appendChild(document.createElement("p")).textContent = text;
      buttons.forEach(function (pair) {
        var button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-secondary btn-sm";
        button.textContent = pair[0];
        button.addEventListener("click", pair[1]);
        note.appendChild(button);
        note.appendChild(document.createTextNode(" "));
      });
      this.root.insertBefore(note, this.root.firstChild);
    }
  };
})(this.ckan);
