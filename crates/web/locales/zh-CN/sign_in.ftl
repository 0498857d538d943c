sign-in-title = 登录
sign-in-login = 登录名
sign-in-password = 密码
sign-in-enter = 登录
sign-in-failed = 没有登录
sign-in-wrong = 登录名或密码不正确。
sign-in-locked = 尝试次数过多，请 { $n } 秒后再试。
sign-in-record = 不登录也可以核验账本。
