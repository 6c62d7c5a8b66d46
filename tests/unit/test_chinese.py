"""The typographic rules of written Chinese, in every string and every lesson."""

import ast
import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po
from markdown_it import MarkdownIt

from resnet_edu.paths import ASSETS
from resnet_edu.ui.components import UI
from resnet_edu.ui.text.joined_lines import joined_lines
from resnet_edu.ui.text.language import catalogue_path
from resnet_edu.ui.text.marks import FULL_WIDTH, Marks

HAN = "[一-鿿]"
FULL = "[，。：；！？、（）“”《》…]"
MECHANICAL = {
    "a half-width mark beside a Chinese character": rf"{HAN}[,;:!?]|[,;:!?]{HAN}|{HAN}\.(?![A-Za-z])",
    "half-width brackets around more than a letter": rf"{HAN} ?\((?![a-z]\))|(?<!\([a-z])\){HAN}",
    "a space beside a full-width mark": rf"{FULL} +\S|\S +{FULL}",
    "a space between Chinese characters": rf"{HAN} +{HAN}",
    "a space before a per cent sign": r"[\d}] %",
    "straight quotes": "\"|(?<![A-Za-z])'",
}
REPLACED = {
    "对应的普通网络": "孪生",
    "密集连接层": "稠密",
    "返回的两条路": "(?<!返)回路",
    "每 n 个像素取一个": r"每隔 ?[\d{]",
    "随机初始化": "抽取|全新的权重",
    "亿": "十亿",
    "集成模型": "合起来的",
    "先前向、后反向": "先前向后",
    "softmax 概率, 比例": "份额",
    "基线": "有一个基准",
    "预热": "热身",
    "激活值": "激活梯度|激活幅度",
    "起始层（stem）, 分类头": "网络开头|网络末尾|入口",
    "全连接层, ReLU 层": "(?<!非)线性层|线性整流|整流单元",
    "残差分支": "支路",
    "前向, 反向": "正向|向前|向后",
    "语义": "到含义",
    "随机猜测": "瞎猜|乱猜",
    "训练方案": "训练方法|训练设置",
    "显存": "GPU 内存",
    "优化算法": "求解器",
    "你": "您",
    "相机": "摄像头",
    "自测": "我们的运行",
    "论文给出的": "论文所?印",
    "带走代码, 堆叠成网络": "带回家|堆起来",
    "最大批大小, 系列": "最大批(?!大小)|家族|这一族",
    "各不相同的增长": "汇率|货币",
    "He et al. 2015": "何恺明|等人|et al[^.]|[Ff]ig|[Tt]able",
    "马桶疏通器, 斗篷, 橡子, 渔线轮": "皮搋|披风子|橡果(?!南瓜)|卷线轮|铜牌匾",
}
MARKUP = re.compile(r"\$[^$]+\$|`[^`]+`|\]\([^)]*\)|^\d+\. ", re.MULTILINE)


def strings() -> Iterator[str]:
    with catalogue_path("zh").open("rb") as file:
        yield from (message.string for message in read_po(file) if message.id)


def lessons() -> Iterator[str]:
    for path in sorted((ASSETS / "lessons").glob("*.zh.md")):
        yield joined_lines(path.read_text(encoding="utf-8"))


def prose() -> list[str]:
    """Return every Chinese line, with formulas and code replaced by one letter."""
    said = [*strings(), *lessons()]
    return [line for text in said for line in MARKUP.sub("x", text).splitlines()]


@pytest.mark.parametrize("rule", MECHANICAL)
def test_chinese_is_set_by_its_own_rules(rule: str) -> None:
    broken = [line for line in prose() if re.search(MECHANICAL[rule], line)]
    assert len(prose()) > 2000
    assert broken == []


@pytest.mark.parametrize("better", REPLACED)
def test_one_thing_has_one_name(better: str) -> None:
    assert [line for line in prose() if re.search(REPLACED[better], line)] == []


def test_the_rules_find_what_they_forbid() -> None:
    wrong = ["残差,普通", "误差(大)", "图 ，表", "残差 网络", "24.5 %", '"残差"']
    for line, (rule, pattern) in zip(wrong, MECHANICAL.items(), strict=True):
        assert re.search(pattern, line), rule


def test_bold_words_are_bold() -> None:
    """Markdown misreads a pair of asterisks between a full-width mark inside and a character outside."""
    said = [*strings(), *lessons()]
    shown = [
        re.sub("<[^>]+>", "", MarkdownIt().render(re.sub(r"\$[^$]+\$|`[^`]+`|\{\w.*?\}", "x", text))) for text in said
    ]
    assert [text for text in shown if "**" in text] == []


def test_nothing_but_a_citation_is_in_italics() -> None:
    """Slanted Chinese characters are hard to read, so emphasis is bold."""
    slanted = [found for text in (*strings(), *lessons()) for found in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", text)]
    assert [words for words in slanted if re.search(HAN, words) and not re.search(r"\d{4}，", words)] == []


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("普通网络的梯度\n消失。", "普通网络的梯度消失。"),
        ("消失。\n  残差网络", "消失。残差网络"),
        ("称之为\n（[He 2015](x)）。", "称之为（[He 2015](x)）。"),
        ("把输入加回来：\n$y = F(x) + x$", "把输入加回来：$y = F(x) + x$"),
        ("步骤。\n**先猜一猜**", "步骤。**先猜一猜**"),
        ("**更差**\n的网络", "**更差**的网络"),
        ("没有 ResNet\n的网络", "没有 ResNet\n的网络"),
        ("the shortcut\ncarries", "the shortcut\ncarries"),
        ("结束。\n\n下一段", "结束。\n\n下一段"),
        ("缩小。\n2. **归一化**", "缩小。\n2. **归一化**"),
        ("消失。\n- **第二**", "消失。\n- **第二**"),
        ("## 标题\n\n正文", "## 标题\n\n正文"),
        ("如下：\n$$x$$", "如下：\n$$x$$"),
    ],
)
def test_a_line_break_between_chinese_characters_is_no_space(source: str, shown: str) -> None:
    assert joined_lines(source) == shown


ENGLISH_MARK = re.compile(r"[,:;.] ")
NO_WORDS = re.compile(r"rgb|gradient\(|display: none|POLICY|CODE\.format|print\(|--(st|text)-")
"""What machines read: style sheets, headers, the code to take away."""


def joined_in_python(code: str) -> Iterator[int]:
    """Give the lines that put an English mark between two values: in an f-string, or as what joins them."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.JoinedStr):
            between = [each for each in node.values[1:-1] if isinstance(each, ast.Constant)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            between = [node.func.value] if isinstance(node.func.value, ast.Constant) else []
        else:
            continue
        if any(ENGLISH_MARK.fullmatch(str(each.value)) for each in between):
            yield node.lineno


def joined_in_script(code: str) -> Iterator[int]:
    for number, line in enumerate(code.splitlines(), 1):
        if re.search(r"\}[,:;.] \$\{|\.join\([\"'][,:;.] [\"']\)", line):
            yield number


def test_no_words_on_screen_are_joined_by_an_english_mark() -> None:
    assert list(joined_in_python('f"{net}: {name}"')) == list(joined_in_python('", ".join(names)')) == [1]
    assert list(joined_in_script("`${net}, ${name}`")) == list(joined_in_script('names.join("; ")')) == [1]
    found = []
    for path in (each for each in UI.rglob("*.*") if each.suffix in (".py", ".js") and each.name != "code.py"):
        code = path.read_text(encoding="utf-8")
        lines = code.splitlines()
        numbers = joined_in_python(code) if path.suffix == ".py" else joined_in_script(code)
        found += [f"{path.name}:{number} {lines[number - 1].strip()}" for number in numbers]
    assert [each for each in found if not NO_WORDS.search(each)] == []


def test_code_joins_words_with_the_marks_of_the_language() -> None:
    english, chinese = Marks(), FULL_WIDTH
    assert english.listed(["x", "y"]) + english.noted("F", "4%") == "x, yF (4%)"
    assert chinese.listed(["甲", "乙"]) + chinese.noted("丙", "丁") == "甲、乙丙（丁）"
    assert (english.titled("Maps", "F", "y"), chinese.titled("图", "丙", "丁")) == ("Maps: F (y)", "图：丙（丁）")
    assert chinese.sentences(["甲。", "", "乙。"]) == "甲。乙。"
    assert (
        chinese.written("97.3% 的图，第 2 块 的 %{x}: %{y:.1f}%<extra>")
        == "97.3% 的图，第 2 块的 %{x}: %{y:.1f}%<extra>"
    )
    assert english.cited("He et al. 2015, fig. 5 (left)") == "He et al. 2015, fig. 5 (left)"
    assert (
        chinese.cited("He et al. 2015, table 1 (conv2_x), fig. 5 (left)")
        == "He et al. 2015，表 1（conv2_x），图 5（左）"
    )
