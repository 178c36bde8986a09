/** One of a fixed set of pictures that are made of a file, so that nobody fills the disk by asking for every size. */
export interface Variant {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly crop: boolean;
  readonly animated: boolean;
}

interface Asked {
  readonly width: number;
  readonly height: number;
  readonly method: "crop" | "scale";
  readonly animated: boolean;
}

// The sizes that the specification recommends, and larger ones for dense screens.
const boxes = [
  [320, 240],
  [640, 480],
  [800, 600],
  [1600, 1200],
] as const;
const squares = [
  [32, 32],
  [96, 96],
  [256, 256],
  [512, 512],
  [1024, 1024],
] as const;

/**
 * The smallest one that is no smaller than what was asked for.
 * @NOTSPEC beyond the largest it is the largest, and a crop that is no square has the shape of 4:3: for every shape that
 * somebody can think of there would be another file.
 */
export function chooseVariant({ width, height, method, animated }: Asked): Variant {
  const crop = method === "crop";
  const sizes = crop && width === height ? squares : crop ? boxes : [...squares.slice(0, 2), ...boxes];
  const [w, h] = sizes.find(([most, high]) => most >= width && high >= height) ?? sizes.at(-1) ?? boxes[0];
  return { name: `${crop ? "crop" : "scale"}-${w}x${h}${animated ? "-animated" : ""}`, width: w, height: h, crop, animated };
}
