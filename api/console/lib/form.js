import { h } from "./dom.js";

// A field under its name.
export function labelled(name, field, properties = {}) {
  return h("label", properties, h("span", {}, name), field);
}

// A form in which Enter presses the button of `action`, which minds whether it may be pressed.
export function formOf(action, properties, ...children) {
  const onsubmit = (event) => {
    event.preventDefault();
    action.button.click();
  };
  return h("form", { ...properties, onsubmit }, ...children);
}
