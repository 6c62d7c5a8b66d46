"""The figure of the depth page: a question, then what real training runs say."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from resnet_edu.errors import mark
from resnet_edu.figures.training_curves import QUANTITIES, published_error, training_curves
from resnet_edu.nets.cifar import Family
from resnet_edu.training.record import RunRecord
from resnet_edu.ui.depth.code import RUNS
from resnet_edu.ui.depth.records import recorded_runs
from resnet_edu.ui.hall.asked import ask_first
from resnet_edu.ui.shared.data_sets import data_name
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.shell import lecture
from resnet_edu.ui.text.language import _, marks
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Nearest, OneOf, read

SHALLOW, DEEP = 20, 56
"""The two depths of the question, as in He15 figure 1."""
FIRST, BOTH = "first", "both"
"""The shallow plain net alone, before the answer; the nets of both families."""

NETS = OneOf("nets", (FIRST, BOTH, Family.PLAIN, Family.RESIDUAL), FIRST)
SIGNAL = OneOf("signal", QUANTITIES, QUANTITIES[0])

FAMILIES = {
    Family.PLAIN: mark("Plain net"),
    Family.RESIDUAL: mark("Residual net"),
    Family.PRE_ACTIVATION: mark("Pre-activation net"),
    Family.HIGHWAY: mark("Highway net"),
}
ERRORS = {
    Family.PLAIN: mark("Plain nets"),
    Family.RESIDUAL: mark("Residual nets"),
    Family.PRE_ACTIVATION: mark("Pre-activation nets"),
    Family.HIGHWAY: mark("Highway nets"),
}
SIGNALS = {
    "weight_gradient": mark("Weight gradient"),
    "relative_gradient": mark("Weight gradient ÷ weights"),
    "input_gradient": mark("Activation gradient"),
    "response_std": mark("Response size"),
}
RECIPE = {
    "epochs": mark("epochs"),
    "batch_size": mark("batch size"),
    "learning_rate": mark("learning rate"),
    "momentum": mark("momentum"),
    "weight_decay": mark("weight decay"),
    "warmup_epochs": mark("warm-up epochs"),
    "seed": mark("seed"),
}
"""Names on screen for the fields of a recorded recipe."""
TITLES = {
    "weight_gradient": mark("By layer, after epoch {epoch}: norm of the weight gradient"),
    "relative_gradient": mark("By layer, after epoch {epoch}: norm of the weight gradient ÷ norm of the weights"),
    "input_gradient": mark("By layer, after epoch {epoch}: norm of the gradient of its input"),
    "response_std": mark("By layer, after epoch {epoch}: standard deviation of its response"),
}


@dataclass(frozen=True)
class ChosenRuns:
    """The setting in the URL."""

    nets: str
    signal: str
    epoch: int

    @property
    def is_open(self) -> bool:
        """Whether the question has yet to be answered."""
        return self.nets == FIRST

    @property
    def has_residual(self) -> bool:
        """Whether the reader has come to the residual nets, so that figures may compare them."""
        return self.nets in (BOTH, Family.RESIDUAL)

    def shows(self, record: RunRecord) -> bool:
        """Whether the figure has this run."""
        if self.is_open:
            return _family(record) is Family.PLAIN and _depth(record) <= SHALLOW
        return self.nets in (BOTH, _family(record))


def runs() -> tuple[RunRecord, ...]:
    """Return the recorded runs of the CIFAR family, plain nets first, each family by depth."""
    order = list(Family)
    records = [each for each in recorded_runs().records.values() if each.architecture.get("kind") == "cifar"]
    return tuple(sorted(records, key=lambda each: (order.index(each.architecture["family"]), _depth(each))))


def chosen(records: Sequence[RunRecord]) -> ChosenRuns:
    """Read the setting from the URL, correcting invalid values."""
    return ChosenRuns(
        nets=read(NETS),
        signal=read(SIGNAL),
        epoch=read(_epoch(records)),
    )


def _epoch(records: Sequence[RunRecord]) -> Nearest:
    last = max(len(record.epochs) for record in records)
    return Nearest("epoch", range(last + 1), last)


def ask(now: ChosenRuns) -> None:
    """The question; whoever answers it sees both plain nets. Whether shortcuts help is another question."""
    ask_first("depth", NETS, Family.PLAIN, is_open=now.is_open)


def tell_result(now: ChosenRuns, records: Sequence[RunRecord]) -> None:
    """After the answer: what the records say."""
    if now.is_open:
        return
    by_net = {(each.architecture["family"], _depth(each)): each for each in records}
    told = [
        _compare(family, *(by_net.get((family, depth)) for depth in (SHALLOW, DEEP)))
        for family in (Family.PLAIN, Family.RESIDUAL)
        if now.nets in (BOTH, family)
    ]
    st.markdown("  \n".join(told))


def show_runs(now: ChosenRuns, records: Sequence[RunRecord]) -> None:
    """Errors by epoch and signals by layer; before the answer only the shallow plain net."""
    left, right = st.columns([11, 9], gap="medium")
    if not now.is_open:
        with left:
            titles = {BOTH: _("Both"), Family.PLAIN: _("Plain nets"), Family.RESIDUAL: _("Residual nets")}
            widgets.segmented(NETS, now.nets, _("Nets"), titles)
    if not lecture.hides(SIGNAL.name):
        with right:
            widgets.segmented(SIGNAL, now.signal, _("Signal"), {name: _(title) for name, title in SIGNALS.items()})
    shown = [each for each in records if now.shows(each)]
    if not shown:
        st.info(_("No such run is recorded here yet."))
        return
    widgets.component(
        "depth/training",
        key="training",
        data={
            "epoch": now.epoch,
            "epochs": max(len(record.epochs) for record in records),
            "quantity": now.signal,
            "signals": not lecture.hides(SIGNAL.name),
            "runs": training_curves(shown),
            "labels": {
                "names": {each.name: _name(each) for each in shown},
                "legend": _(
                    "Error in per cent by epoch. Dashed: training pictures; solid: test pictures; thicker: deeper"
                ),
                "errors": {family: _(ERRORS[family]) for family in dict.fromkeys(_family(each) for each in shown)},
                "ends": {"train": _("{depth} training {error}%"), "test": _("{depth} test {error}%")},
                "layers": _(TITLES[now.signal]),
                "first": _("first layer"),
                "last": _("last layer"),
                "epochs": _("Epochs"),
                "epoch": _("After epoch"),
                "paper": _("paper"),
                "cited": _cited(shown),
                "columns": [_pictures(shown), _("training error"), _("test error"), _cited(shown)],
                "play": _("Play"),
                "pause": _("Pause"),
            },
        },
        url={"epoch": _epoch(records)},
    )
    below("training", _("Plain and residual nets on CIFAR-10, as recorded"), RUNS, _cited(shown))


def compare_responses(now: ChosenRuns, records: Sequence[RunRecord]) -> None:
    """Whether residual functions are smaller, in all the runs that are recorded, where the reader looks at them."""
    if now.signal != "response_std" or not now.has_residual:
        return
    pairs = _pairs_by_seed(records)
    if pairs:
        st.markdown(
            _(
                "**Are residual functions smaller?** At the end of training, a layer's response is"
                " smaller in the residual net than in the plain net of the same depth in {pairs}. That"
                " is about layers, not blocks; the Inference page shows how much each block adds to"
                " what it is given.",
                pairs=" · ".join(pairs),
            )
        )


def _pairs_by_seed(records: Sequence[RunRecord]) -> list[str]:
    """Say for each depth and seed with both nets how many layers respond less in the residual net."""
    finals = {
        (each.architecture["family"], _depth(each), each.recipe["seed"]): [
            layer.response_std for layer in each.probes[-1].signals.layers if not layer.is_side_branch
        ]
        for each in records
        if each.probes
    }
    said = []
    for (family, depth, seed), residual in sorted(finals.items()):
        plain = finals.get((Family.PLAIN, depth, seed))
        if family == Family.RESIDUAL and plain:
            smaller = sum(mine < theirs for mine, theirs in zip(residual, plain, strict=True))
            said.append(
                _("{smaller} of {all} layers ({depth} layers, seed {seed})", smaller=smaller, all=len(plain),
                  depth=depth, seed=seed)
            )  # fmt: skip
    return said


def explain_runs(now: ChosenRuns, records: Sequence[RunRecord]) -> None:
    """Where the curves come from: data, recipe, seed, hardware, command; read from the records."""
    if not now.is_open:
        st.markdown(
            _(
                "He et al. 2015 (fig. 1) found the higher error, on training and test pictures alike, for the plain"
                " net of {layers} layers.",
                layers=DEEP,
            )
        )
    st.markdown(
        _(
            "Training error: after each epoch, on {sample:,} training pictures without augmentation. Circles:"
            " the final test errors that the paper gives ({citation}; 164 epochs, the original pictures). Ours are"
            " higher because these pictures were compressed once more as JPEG and the runs are shorter; the same"
            " command with the original CIFAR-10 is the replication.",
            sample=records[0].train_sample,
            citation=_cited(records),
        )
    )
    with st.expander(_("Recipe, seeds, hardware and commands")):
        columns = (_("Net"), _("Data"), _("Recipe"), _("Hardware"), _("Hours"), _("Command"))
        rows = [
            (
                _name(each),
                data_name(each.data),
                _recipe(each),
                f"{each.hardware}; torch {each.versions['torch']}",
                f"{sum(epoch.seconds for epoch in each.epochs) / 3600:.1f}",
                f"`{each.command}`",
            )
            for each in records
        ]
        st.markdown("\n".join([_row(columns), "|" + "---|" * len(columns), *map(_row, rows)]))
    for name in recorded_runs().unreadable:
        st.warning(_("{name} in the folder of records is not a record of a training run.", name=escape(name)))


def _compare(family: Family, shallow: RunRecord | None, deep: RunRecord | None) -> str:
    missing = [depth for depth, record in ((SHALLOW, shallow), (DEEP, deep)) if record is None]
    if shallow is None or deep is None:
        return _("{net}: no run with {layers} layers is recorded here yet.", net=_(FAMILIES[family]), layers=missing[0])
    low, high = (100 * each.epochs[-1].train_error for each in (shallow, deep))
    test_low, test_high = (100 * each.epochs[-1].test_error for each in (shallow, deep))
    sentence = (
        _(
            "**{net}: deeper is worse.** Training error {low:.1f}% with {shallow} layers, **{high:.1f}%** with"
            " {deep}; test error {test_low:.1f}% and {test_high:.1f}%."
        )
        if high > low
        else _(
            "**{net}: deeper is better.** Training error {low:.1f}% with {shallow} layers, **{high:.1f}%** with"
            " {deep}; test error {test_low:.1f}% and {test_high:.1f}%."
        )
    )
    return sentence.format(
        net=_(FAMILIES[family]),
        low=low,
        high=high,
        test_low=test_low,
        test_high=test_high,
        shallow=SHALLOW,
        deep=DEEP,
    )


def _name(record: RunRecord) -> str:
    return _("{net}, {layers} layers", net=_(FAMILIES[Family(record.architecture["family"])]), layers=_depth(record))


def _family(record: RunRecord) -> Family:
    return Family(record.architecture["family"])


def _depth(record: RunRecord) -> int:
    return int(record.architecture["depth"])


def _pictures(records: Sequence[RunRecord]) -> str:
    """Name the copy of the data set on which the errors were measured."""
    return " / ".join(dict.fromkeys(data_name(each.data) for each in records))


def _cited(records: Sequence[RunRecord]) -> str:
    found = [result for each in records if (result := published_error(each))]
    notes = (_(each.note) for each in found if each.note)
    citation = found[0].citation if found else "He et al. 2015, table 6"
    return marks().clauses(dict.fromkeys((marks().cited(citation), *notes)))


def _recipe(record: RunRecord) -> str:
    values = {name: value for name, value in record.recipe.items() if name != "name"}
    return marks().listed(
        [record.recipe_name, *(f"{_(RECIPE.get(name, name))} {value:g}" for name, value in values.items())]
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
