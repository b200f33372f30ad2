export default {
  "sign-in": "Sign in",
  "sign-in.button": "Sign in",
  "sign-in.by-token": "With a token",
  "sign-in.first": "The first start wrote the password of admin into admin-password in the data folder.",
  "sign-in.name": "Name",
  "sign-in.oidc": "Your organisation's tokens are accepted as bearer tokens by the API.",
  "sign-in.password": "Password",
  "sign-in.token": "Token"
};
