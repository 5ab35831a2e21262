"""What makes a page readable: contrast, and colours that differ for colour-blind readers."""

# The colours that people see who lack one kind of cones, as matrices for linear red, green and blue. Source: Machado,
# Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency" (2009), severity 1.
VISION = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no long": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no medium": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no short": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def lab(colour, matrix):
    """The CIE L*a*b* (D65) values of "#rrggbb" as it is seen by the eyes of `matrix`, which is one of VISION."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
              for v in (int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))]
    r, g, b = (min(1, max(0, sum(m * v for m, v in zip(row, linear)))) for row in matrix)
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047, 0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


# Texts whose contrast is below 4.5 (WCAG 2.2, 1.4.3), as [text, contrast, colour, colour behind it]. The colour behind
# a text is that of the nearest element around it that has one; in a chart, that of the last shape before the text that
# contains its middle.
CONTRASTS = """
const parse = (colour) => {
  const parts = colour.match(/[\\d.]+/g).map(Number);
  return parts.length > 3 && parts[3] === 0 ? null : parts;
};
const light = (colour) => {
  const [r, g, b] = colour.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (; element; element = element.parentElement) {
    const colour = parse(getComputedStyle(element).backgroundColor);
    if (colour) return colour;
  }
  return [255, 255, 255];
};
const low = [];
const judge = (text, ink, back) => {
  const a = light(ink), b = light(back), contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5) low.push([text.slice(0, 60), contrast, ink.join(), back.join()]);
};
for (const element of document.querySelectorAll("main *, header *, form *")) {
  if (element.closest("svg") || !element.offsetParent) continue;
  if ([...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    judge(element.textContent, parse(getComputedStyle(element).color), behind(element));
}
for (const svg of document.querySelectorAll("svg[data-chart]")) {
  const solid = (style) => style.fill !== "none" && Number(style.fillOpacity) === 1;
  const boxes = [...svg.querySelectorAll("rect")].filter((box) => solid(getComputedStyle(box)))
    .map((box) => [box.getBoundingClientRect(), box]);
  for (const text of svg.querySelectorAll("text")) {
    if (!text.textContent.trim()) continue;
    const place = text.getBoundingClientRect(), x = place.x + place.width / 2, y = place.y + place.height / 2;
    const under = boxes.filter(([box]) => box.left < x && x < box.right && box.top < y && y < box.bottom).pop();
    judge(text.textContent, parse(getComputedStyle(text).fill),
      under ? parse(getComputedStyle(under[1]).fill) : behind(svg));
  }
}
return low;
"""
