"""Templates whose constant parts are written once, when they are compiled: icons, addresses of files, sentences.

A page of ours holds dozens of `{{ icon("clip") }}` and `{{ _("Envoyer") }}`, and a call costs more than all the text
around it. Another language is another environment, made with its own catalogue. What is written between them is made
typographically right in the same go, so that no template need hold spaces that nobody sees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, Template, nodes
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup


class SharedModules(Template):
    """A template whose macros are made once for whoever imports them.

    jinja2 compares all the names on both sides at each import, for environments that give a template globals of its
    own. Ours never does.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


class FoldingEnvironment(Environment):
    """Makes the calls of `constant` functions whose arguments are literals at once.

    constant: functions by the name that templates call them by; each must always give the same for the same.
    typeset: what becomes of the text of templates.
    """

    constant: dict[str, Callable[..., str]]
    typeset: Callable[[str], str] = staticmethod(str)
    template_class = SharedModules

    def _generate(self, source: nodes.Template, *args: Any, **options: Any) -> str:
        """The hook that jinja2 offers between parsing and compiling."""
        return super()._generate(_Folder(self.constant, self.typeset).visit(source), *args, **options)


class _Folder(NodeTransformer):
    def __init__(self, constant: dict[str, Callable[..., str]], typeset: Callable[[str], str]) -> None:
        self._constant = constant
        self._typeset = typeset

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.TemplateData:
        """Text may go on after a value: `{{ name }} :`, for which something stands before it here."""
        return nodes.TemplateData(self._typeset("x" + node.data)[1:], lineno=node.lineno)

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:
        folded = self.generic_visit(node)
        assert isinstance(folded, nodes.Call)
        called = self._constant.get(folded.node.name) if isinstance(folded.node, nodes.Name) else None
        if called is None or folded.kwargs or folded.dyn_args or folded.dyn_kwargs:
            return folded
        values = [each.value for each in folded.args if isinstance(each, nodes.Const)]
        if len(values) < len(folded.args):
            return folded
        made = called(*values)
        if isinstance(made, Markup):
            return nodes.TemplateData(str(made), lineno=node.lineno)
        return nodes.Const(made, lineno=node.lineno)
