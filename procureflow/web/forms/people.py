"""Signing in and passwords."""

from __future__ import annotations

from procureflow.web.forms.fields import Form, Line, Password


class SignInForm(Form):
    """Address and password."""

    email = Line("E-mail address")
    password = Password("Password")


class ForgottenForm(Form):
    """The address to send a link to."""

    email = Line("E-mail address")


class NewPasswordForm(Form):
    """A first password, or a new one by a link."""

    password = Password("New password")


class ChangePasswordForm(Form):
    """One's own password, from the old to a new."""

    current = Password("Your password now")
    password = Password("New password")
