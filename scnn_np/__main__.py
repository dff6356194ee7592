"""The command line: python -m scnn_np train | evaluate | gradcheck."""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import confusion_matrix

from scnn_np import __version__, gradcheck
from scnn_np.data import line_about_scale, load_data
from scnn_np.experiments import (
    checked,
    defaults,
    load_model,
    parameters,
    prepare,
    save_model,
)
from scnn_np.tools import checks, console
from scnn_np.tools.files import check_place, set_aside
from scnn_np.tools.parameters import from_text
from scnn_np.tools.provenance import provenance, provenance_line
from scnn_np.training import Interrupted

FEW_STEPS = 1000        # below, even the digits are half learned
EXAMPLES = """examples:
  {prog} train --network sc --data digits
  {prog} train --network fc --data fashion-mnist --holdout 0 --seed 1
  {prog} train --network sc --data my.npz --blocks 4 --degrees 90,60,20,5
  {prog} train --network rsp --data digits --degrees "binomial(9)" --optimizer sgd
  {prog} evaluate runs/sc-digits-seed0.npz --out confusion.png
  {prog} gradcheck
"""


def parser(prog="python -m scnn_np"):
    """The options, made from the parameters of a run as they are now."""
    root = argparse.ArgumentParser(
        prog, description="Spatially-coupled neural networks in NumPy.",
        epilog=EXAMPLES.format(prog=prog), formatter_class=argparse.RawDescriptionHelpFormatter)
    root.add_argument("--version", action="version", version=f"scnn_np {__version__}")
    commands = root.add_subparsers(dest="command", metavar="command")
    train = commands.add_parser("train", help="train a network and save it")
    for group, found in parameters().items():
        add_options(train.add_argument_group(group), found)
    train.add_argument("--out", type=Path, help="the model's .npz; a .png with the learning "
                       "curve and a checkpoint come beside it (default: "
                       "runs/NETWORK-DATA-seedSEED.npz)")
    train.add_argument("--threads", type=from_text, metavar="X", help="BLAS threads for the "
                       "steps (default: all for large products, one for small ones)")
    train.add_argument("--resume", action="store_true",
                       help="go on from the checkpoint of a killed run")
    evaluate = commands.add_parser("evaluate", help="measure a saved model on test data")
    evaluate.add_argument("model", type=Path, help="the .npz that train saved")
    evaluate.add_argument("--data", help="as in train (default: what it was trained on)")
    evaluate.add_argument("--out", type=Path, help="a .png for the confusion matrix")
    commands.add_parser("gradcheck", help="print the table of gradient errors")
    return root


def add_options(group, found):
    """An option for each parameter; its check is made once all settings are there."""
    standard = defaults()
    for name, parameter in found.items():
        default, known = standard[name], parameter.limits.get("known")
        text = (f" (default: {default})" if default not in (None, False)
                and "(default" not in parameter.help else "")
        help = (parameter.help + (f": {', '.join(known)}" if known else "") + text
                ).replace("%", "%%")
        option = f"--{name.replace('_', '-')}"
        if checks.truth in (parameter.check, parameter.limits.get("check")):
            group.add_argument(option, action="store_true", default=default, help=help)
        else:
            kind = str if parameter.check is checks.text else from_text
            group.add_argument(option, type=kind, default=default, help=help, metavar="X")


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
    from scnn_np.tools.pictures import learning_curve
    out, picture, checkpoint = places(args)
    run = prepare({name: getattr(args, name) for name in defaults()}, checkpoint=checkpoint,
                  progress_stream=sys.stdout, threads=args.threads)
    settings, data, ordering, network, held_out = (
        run.settings, run.data, run.ordering, run.network, run.held_out)
    trainer = run.trainer
    print(f"data: {data.name}, {data.split}; {len(held_out[1]) if held_out else 0:,} of the "
          f"training samples held out\n"
          f"inputs: {ordering.n_in} → {ordering.n_out}, {ordering.order}, "
          f"{ordering.direction}\n\n{network.summary()}\n\n"
          f"training: {trainer.epochs} epochs of {-(-len(run.y) // trainer.batch_size)} steps, "
          f"batches of {trainer.batch_size}, {trainer.optimizer!r}, {trainer.schedule}; "
          f"seed {trainer.seed}\nwith: {provenance_line()}\n", flush=True)

    if settings["scale"] == "none" and (line := line_about_scale(data.X_train)):
        print(f"warning: {line}\n")
    steps = trainer.epochs * -(-len(run.y) // trainer.batch_size)
    if steps < FEW_STEPS:
        print(f"warning: {steps:,} steps are few; more --epochs, a smaller --batch-size or a "
              "higher --learning-rate make more of them\n")
    try:
        history = trainer.fit(run.X, run.y, held_out, resume=args.resume)
    except Interrupted as wish:
        raise Interrupted(f"{wish}; go on with --resume") from None
    if out.exists():
        keep_another(out, settings)
    save_model(out, network, ordering, data.class_names,
               {"settings": settings, "history": history, "threads": trainer.threads,
                "provenance": provenance()})
    learning_curve(picture, history,
                   f"{settings['network'].upper()} on {data.name}, {ordering.order} "
                   f"{ordering.direction}, {network.n_parameters:,} parameters, seed "
                   f"{trainer.seed}")
    print(f"saved: {out}, {picture}")
    if history[-1]["accuracy"] <= np.bincount(run.y).max() / len(run.y) + 0.005:
        print("warning: the last epoch is no better than naming the largest class: the "
              "training has stalled; a higher --learning-rate or --gain, or fewer --layers, "
              "may help")
    print("held-out accuracy: " + (f"{100 * network.evaluate(*held_out)[1]:.2f} %" if held_out
                                   else "not measured, nothing was held out"))
    accuracy = network.evaluate(ordering(data.X_test), data.y_test)[1]
    print(f"test accuracy: {100 * accuracy:.2f} %")


def keep_another(out, settings):
    """A model of other settings is not written over: it gets another name."""
    try:
        same = checked(load_model(out).about["settings"]) == settings
    except (ValueError, KeyError, TypeError):
        same = False
    if not same:
        print(f"kept the model of another run as {set_aside(out)}")


# --- evaluate ---------------------------------------------------------------------------------

def evaluate(args):
    """Accuracy, accuracy by class, and what is taken for what."""
    from scnn_np.tools.pictures import confusion_image
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
    features = data.X_test.shape[1]
    if features != model.ordering.n_in:
        raise ValueError(f"--data: got {features} features, the model expects "
                         f"{model.ordering.n_in}")
    predicted = model.network.predict(model.ordering(data.X_test))
    counts = confusion_matrix(data.y_test, predicted, labels=range(len(data.class_names)))
    print(f"{args.model} on the test part of {data.name} ({data.split})\n")
    print_confusion(counts, data.class_names)
    accuracy = np.trace(counts) / counts.sum()
    if args.out:
        confusion_image(args.out, counts, data.class_names,
                        f"{args.model.name} on {data.name}: {100 * accuracy:.2f} % right")
        print(f"\nsaved: {args.out}")
    print(f"\ntest accuracy: {100 * accuracy:.2f} %")


def print_confusion(counts, class_names):
    """A row for each true class: how often it was right, and what it was taken for."""
    name_width = max(map(len, class_names))
    cell = max(5, len(str(counts.max())) + 1)
    print(f"{'true class':<{name_width}}  accuracy  predicted as class number")
    print(" " * (name_width + 10) + "".join(f"{k:>{cell}}" for k in range(len(counts))))
    for k, (name, row) in enumerate(zip(class_names, counts, strict=True)):
        share = f"{100 * row[k] / row.sum():.2f} %" if row.sum() else "none"
        print(f"{name:<{name_width}}  {share:>8}" + "".join(f"{n:>{cell}}" for n in row)
              + f"   {k}")


def main(argv=None, prog="python -m scnn_np"):
    """Run one command.

    Returns
    -------
    int
        Its exit code: 1 for a gradient that is wrong, others as in `scnn_np.tools.console`.
    """
    def work():
        options = parser(prog)
        args = options.parse_args(argv)
        if args.command is None:
            return options.print_help()
        if args.command == "gradcheck":
            return 0 if gradcheck.table(gradcheck.rows()) else 1
        os.environ["MPLBACKEND"] = "agg"       # pictures go to files, whatever was asked for
        return {"train": train, "evaluate": evaluate}[args.command](args)
    return console.run(work)


def installed():
    """What the installed command runs: its usage names the command that was typed."""
    return main(prog="scnn_np")


if __name__ == "__main__":
    sys.exit(main())
