/* The photos of a review: small pictures of what was chosen, in several goes, each with a way to put it back. */
(() => {
  "use strict";

  const SIDE = 176;
  const field = document.querySelector("[data-photo-field]");
  const input = field?.querySelector("input[type=file]");
  if (!input || typeof DataTransfer === "undefined") return;
  const list = field.querySelector("[data-previews]");
  const said = field.querySelector("[data-photos-said]");
  const says = (text, file) => text.replace("{file}", file.name);
  let chosen = [];

  const room = () => Number(field.dataset.most) - field.querySelectorAll("input[name=photo]:checked").length;

  const draw = async (file, place) => {
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.max(SIDE / picture.width, SIDE / picture.height);
      const width = picture.width * scale;
      const height = picture.height * scale;
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = SIDE;
      canvas.getContext("2d").drawImage(picture, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
      picture.close();
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", file.name);
      place.replaceWith(canvas);
    } catch {
      place.textContent = file.name;
    }
  };

  const show = () => {
    list.replaceChildren(...chosen.map((file) => {
      const item = document.createElement("li");
      const place = document.createElement("span");
      place.className = "previews__name";
      const button = document.createElement("button");
      button.type = "button";
      button.className = "icon-button";
      button.setAttribute("aria-label", says(field.dataset.saysRemove, file));
      button.textContent = "×";
      button.addEventListener("click", () => {
        keep(chosen.filter((other) => other !== file));
        input.focus();
      });
      item.append(place, button);
      draw(file, place);
      return item;
    }));
    list.hidden = !chosen.length;
  };

  const keep = (files) => {
    chosen = files;
    const transfer = new DataTransfer();
    for (const file of chosen) transfer.items.add(file);
    input.files = transfer.files;
    show();
  };

  input.addEventListener("change", () => {
    const words = [];
    const fresh = [...input.files].filter((file) => {
      if (file.size <= Number(field.dataset.maxBytes)) return true;
      words.push(says(field.dataset.saysLarge, file));
      return false;
    });
    const together = [...chosen, ...fresh];
    if (together.length > room()) words.push(field.dataset.saysMost);
    keep(together.slice(0, Math.max(0, room())));
    said.textContent = words.join(" ");
    said.hidden = !words.length;
  });
})();
