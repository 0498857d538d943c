sign-in-title = Sign in
sign-in-login = Name
sign-in-password = Password
sign-in-enter = Sign in
sign-in-failed = Not signed in
sign-in-wrong = The name or the password is wrong.
sign-in-locked = Too many attempts. Try again in { $n } seconds.
sign-in-record = The record can be verified without signing in.
