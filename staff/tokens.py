from django.contrib.auth.tokens import PasswordResetTokenGenerator


class ResetTokenGenerator(PasswordResetTokenGenerator):
    """Links that die with their use (the password is part of the hash), a sign-in, and with deactivation."""

    key_salt = "staff.tokens.ResetTokenGenerator"

    def _make_hash_value(self, user, timestamp):
        return f"{super()._make_hash_value(user, timestamp)}{user.is_active}"


reset_tokens = ResetTokenGenerator()
