"""Parts of the printed sheet, all in millimetres from its lower left corner; `changji_geo.render.static` puts them together."""
