import { languageChosen, onLanguage } from "./lib/i18n.js";
import "./pages/sw-page-overview.js";

const show = () => {
  document.documentElement.lang = languageChosen();
  document.body.replaceChildren(document.createElement("sw-page-overview"));
};

onLanguage(show);
show();
