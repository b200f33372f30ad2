export default {
  "sign-in": "登录",
  "sign-in.button": "登录",
  "sign-in.by-token": "使用令牌",
  "sign-in.first": "首次启动时，admin 的密码写在数据目录的 admin-password 中。",
  "sign-in.name": "用户名",
  "sign-in.oidc": "API 接受贵组织签发的令牌。",
  "sign-in.password": "密码",
  "sign-in.token": "令牌"
};
