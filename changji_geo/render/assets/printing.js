// On paper: the page takes the sheet's size, the map is fitted again and nothing is cut off.

function preparePrinting(view) {
  const page = document.documentElement;
  const panel = document.getElementById('changji-panel');
  let before = null;
  const enter = () => {
    if (before) return;
    before = { centre: view.map.getCenter(), zoom: view.map.getZoom(), bounds: view.map.getBounds(), home: view.isHome() };
    closeDetails(view, { refocus: false });
    if (view.pause) view.pause();
    page.classList.add('printing');
    if (view.drawChart) view.drawChart();
    view.map.invalidateSize({ animate: false, pan: false });
    view.map.fitBounds(before.home ? view.bounds : before.bounds, { animate: false });
    // A long legend is set smaller until it fits the sheet.
    for (let scale = 1; scale > 0.6 && panel.scrollHeight > panel.clientHeight + 1; scale -= 0.06) {
      page.style.setProperty('--panel-scale', scale.toFixed(2));
    }
    placeLabels(view);
  };
  const leave = () => {
    if (!before) return;
    page.classList.remove('printing');
    if (view.drawChart) view.drawChart();
    page.style.removeProperty('--panel-scale');
    view.map.invalidateSize({ animate: false, pan: false });
    if (before.home) view.goHome({ animate: false });
    else view.map.setView(before.centre, before.zoom, { animate: false });
    before = null;
    placeLabels(view);
  };
  window.addEventListener('beforeprint', enter);
  window.addEventListener('afterprint', leave);
  const paper = window.matchMedia('print');
  paper.addEventListener('change', () => (paper.matches ? enter() : leave()));
}
