"""The command line: python -m scnn_np train | evaluate | gradcheck."""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import confusion_matrix

from scnn_np import gradcheck, networks
from scnn_np.data.datasets import load_data
from scnn_np.data.ordering import DIRECTIONS, ORDERS
from scnn_np.experiments.models import load_model, save_model
from scnn_np.experiments.runs import DEFAULTS, prepare
from scnn_np.graphs.degrees import PAPER_BLOCKS
from scnn_np.tools.files import check_place
from scnn_np.tools.pictures import confusion_image, learning_curve
from scnn_np.tools.provenance import provenance, provenance_line
from scnn_np.training.optimizers import SCHEDULES

EXAMPLES = """examples:
  python -m scnn_np train --network sc --data digits
  python -m scnn_np train --network fc --data fashion-mnist --holdout 0 --seed 1
  python -m scnn_np train --network sc --data my.npz --blocks 4 --degrees 90,60,20,5
  python -m scnn_np evaluate runs/sc-digits-seed0.npz --out confusion.png
  python -m scnn_np gradcheck
"""
DATA_HELP = ("fashion-mnist, digits, a folder of IDX files, or an .npz file with X and y; "
             "what has no test part gives a fifth of each class, drawn with seed 0")


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Adds the default to each line, where it does not depend on other options."""

    def _get_help_string(self, action):
        return action.help if action.default in (None, False) else super(
            )._get_help_string(action)


def numbers(kind):
    """An argparse type: one number, or several with commas between them."""
    def parse(text):
        values = [kind(part) for part in text.split(",")]
        return values[0] if len(values) == 1 else values
    parse.__name__ = f"{kind.__name__} or comma-separated list"
    return parse


def parser():
    root = argparse.ArgumentParser(
        "python -m scnn_np", description="Spatially-coupled neural networks in NumPy.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = root.add_subparsers(dest="command", required=True, metavar="command")

    train = commands.add_parser("train", help="train a network and save it",
                                formatter_class=Help)
    add_data_options(train.add_argument_group("data and order of the inputs").add_argument)
    add_network_options(train.add_argument_group("network").add_argument)
    add_training_options(train.add_argument_group("training").add_argument)
    train.set_defaults(**DEFAULTS)
    evaluate = commands.add_parser("evaluate", help="measure a saved model on test data")
    evaluate.add_argument("model", type=Path, help="the .npz that train saved")
    evaluate.add_argument("--data", help=DATA_HELP + " (default: what it was trained on)")
    evaluate.add_argument("--out", type=Path, help="a .png for the confusion matrix")

    commands.add_parser("gradcheck", help="print the table of gradient errors")
    return root


def add_data_options(add):
    add("--data", help=DATA_HELP)
    add("--holdout", type=int, metavar="N", help="training samples to hold out and measure on "
        "after each epoch; 0 trains on all (default: a sixth)")
    add("--samples", type=int, metavar="N", help="only the first N training samples (default: "
        "all)")
    add("--mirror", action="store_true", help="train on the images and their mirror images")
    add("--order", choices=ORDERS, help="by what the inputs are ranked")
    add("--direction", choices=DIRECTIONS,
        help="important inputs first, last, or anywhere (the control)")
    add("--whiten", type=float, help="0 keeps the variances of PCA features, 1 makes "
        "them equal")
    add("--inputs", type=int, metavar="K", help="only the first K of the ordered inputs "
        "(default: all)")


def add_network_options(add):
    add("--network", choices=networks.NETWORKS,
        help="spatially coupled, random sparse or fully connected")
    add("--layers", type=int, help="hidden layers")
    add("--width", type=int, help="neurons in each hidden layer")
    add("--activation", choices=networks.ACTIVATIONS, help="of the hidden layers")
    add("--gain", type=float, help="g of the initial hidden weights (default: 4 for sigmoid, "
        "√2 for relu)")
    add("--blocks", type=int, help=f"B, blocks per layer, sc only (default: {PAPER_BLOCKS})")
    add("--receptive-field", type=int, help="r, left blocks that a right block sees, sc only "
        "(default: 2)")
    add("--degrees", type=numbers(int), help="out-degrees: one per block for sc, one number "
        "for rsp (default: the paper's, scaled to the width)")
    add("--tail-biting", action="store_true", help="the last windows go on at the first block, "
        "sc only")
    add("--edges", type=int, help="edges of the first hidden layer, allotted by the measured "
        "importance of the inputs, instead of --degrees; sc only")
    add("--importance-power", type=float, help="importance to this power counts for --edges")


def add_training_options(add):
    add("--epochs", type=int, help="passes over the training data")
    add("--batch-size", type=int, help="samples per step")
    add("--learning-rate", type=float, help="of Adam, at the start")
    add("--schedule", choices=SCHEDULES, help="how the learning rate falls")
    add("--l1", type=numbers(float), help="λ₁: one, or one for each weight matrix")
    add("--l2", type=numbers(float), help="λ₂ (default: 5e-5 for sc and rsp, 0 for fc)")
    add("--group-lasso", type=numbers(float), help="strength of the group lasso: one, or one "
        "for each weight matrix")
    add("--input-dropout", type=float, help="probability that an input is dropped")
    add("--dropout", type=float, help="probability that a hidden activation is dropped "
        "(default: 0.5 for fc, 0 for sc and rsp)")
    add("--dropconnect", type=float, help="probability that a hidden weight is dropped")
    add("--seed", type=int, help="of graph, weights, batches and masks")
    add("--out", type=Path, help="the model's .npz; a .png with the learning curve and a "
        "checkpoint come beside it (default: runs/NETWORK-DATA-seedSEED.npz)")
    add("--resume", action="store_true", help="go on from the checkpoint of a killed run")


# --- train ------------------------------------------------------------------------------------

def places(args):
    """Where model, picture and checkpoint go, each a place that can be written."""
    name = f"{args.network}-{Path(args.data).stem}-seed{args.seed}.npz"
    out = args.out or Path("runs") / name
    if out.suffix != ".npz":
        raise ValueError(f"--out: got {out}, expected a name that ends in .npz")
    found = out, out.with_suffix(".png"), out.with_suffix(".checkpoint.npz")
    for place in found:
        if place.resolve() == Path(args.data).resolve():
            raise ValueError(f"--out: got {out}, which would overwrite the data")
        check_place("--out", place)
    return found


def train(args):
    """Plan, train, save, and say how good it is."""
    out, picture, checkpoint = places(args)
    settings = {name: getattr(args, name) for name in DEFAULTS}
    run = prepare(settings, checkpoint=checkpoint, progress_stream=sys.stdout)
    data, ordering, network, held_out = run.data, run.ordering, run.network, run.held_out
    print(f"data: {data.name}, {data.split}; {len(held_out[1]) if held_out else 0:,} of the "
          f"training samples held out\n"
          f"inputs: {ordering.n_in} → {ordering.n_out}, {args.order}, {args.direction}\n\n"
          f"{network.summary()}\n\n"
          f"training: {args.epochs} epochs of {-(-len(run.y) // args.batch_size)} steps, "
          f"batches of {args.batch_size}, Adam, learning rate {args.learning_rate:g}, "
          f"{args.schedule}; seed {args.seed}\nwith: {provenance_line()}\n", flush=True)

    history = run.trainer.fit(run.X, run.y, held_out, resume=args.resume)
    save_model(out, network, ordering, data.class_names,
               {"settings": settings, "history": history, "provenance": provenance()})
    learning_curve(picture, history,
                   f"{args.network.upper()} on {data.name}, {args.order} {args.direction}, "
                   f"{network.n_parameters:,} parameters, seed {args.seed}")
    if run.trainer.interrupted:
        print(f"interrupted after {len(history)} of {args.epochs} epochs; go on with --resume")
    print(f"saved: {out}, {picture}")
    print("held-out accuracy: " + (f"{100 * network.evaluate(*held_out)[1]:.2f} %" if held_out
                                   else "not measured, nothing was held out"))
    accuracy = network.evaluate(ordering(data.X_test), data.y_test)[1]
    print(f"test accuracy: {100 * accuracy:.2f} %")


# --- evaluate ---------------------------------------------------------------------------------

def evaluate(args):
    """Accuracy, accuracy by class, and what is taken for what."""
    if args.out and args.out.suffix != ".png":
        raise ValueError(f"--out: got {args.out}, expected a name that ends in .png")
    if args.out:
        check_place("--out", args.out)
    model = load_model(args.model)
    settings = model.about.get("settings") if isinstance(model.about, dict) else None
    source = args.data or (settings or {}).get("data")
    if not source:
        raise ValueError("--data: the model does not say what it was trained on, expected a "
                         "data set")
    data = load_data(source)
    if data.class_names != model.class_names:
        raise ValueError(f"--data: classes are {', '.join(data.class_names)}, the model's are "
                         f"{', '.join(model.class_names)}")
    predicted = model.network.predict(model.ordering(data.X_test))
    counts = confusion_matrix(data.y_test, predicted, labels=range(len(data.class_names)))
    name_width = max(map(len, data.class_names))
    cell = max(5, len(str(counts.max())) + 1)
    print(f"{args.model} on the test part of {data.name} ({data.split})\n")
    print(f"{'true class':<{name_width}}  accuracy  predicted as class number")
    print(" " * (name_width + 10) + "".join(f"{k:>{cell}}" for k in range(len(counts))))
    for k, (name, row) in enumerate(zip(data.class_names, counts, strict=True)):
        share = f"{100 * row[k] / row.sum():.2f} %" if row.sum() else "none"
        print(f"{name:<{name_width}}  {share:>8}" + "".join(f"{n:>{cell}}" for n in row)
              + f"   {k}")
    accuracy = np.trace(counts) / counts.sum()
    if args.out:
        confusion_image(args.out, counts, data.class_names,
                        f"{args.model.name} on {data.name}: {100 * accuracy:.2f} % right")
        print(f"\nsaved: {args.out}")
    print(f"\ntest accuracy: {100 * accuracy:.2f} %")


def main(argv=None):
    for stream_ in (sys.stdout, sys.stderr):
        if hasattr(stream_, "reconfigure"):        # a terminal without √ shows ? instead
            stream_.reconfigure(errors="replace")
    args = parser().parse_args(argv)
    try:
        if args.command == "gradcheck":
            return 0 if gradcheck.table(gradcheck.rows()) else 1
        with np.errstate(all="ignore"):            # what runs away is said in one line
            {"train": train, "evaluate": evaluate}[args.command](args)
    except BrokenPipeError:                        # the reader has gone: train … | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except (ValueError, TypeError, OSError, ArithmeticError, MemoryError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
