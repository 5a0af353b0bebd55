// Present only when folium objects were added in Python: what their statements expect, without jQuery and without requests.

// folium builds a popup's content with $(`<div>...</div>`)[0].
window.$ = window.$ || ((markup) => {
  const holder = document.createElement('template');
  holder.innerHTML = String(markup).trim();
  return [...holder.content.children];
});

// The default pin: Leaflet would look for image files beside its style sheet; here they are data URIs in that sheet.
(() => {
  const imageOf = (name) => {
    const probe = document.createElement('div');
    probe.className = name;
    document.body.append(probe);
    const match = /url\("?(data:[^")]+)"?\)/.exec(getComputedStyle(probe).backgroundImage);
    probe.remove();
    return match ? match[1] : '';
  };
  delete L.Icon.Default.prototype._getIconUrl;
  const pin = imageOf('leaflet-default-icon-path');
  L.Icon.Default.mergeOptions({ iconUrl: pin, iconRetinaUrl: pin, shadowUrl: '', shadowSize: [0, 0] });
})();
