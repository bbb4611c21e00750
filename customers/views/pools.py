"""Pools: which there are, whose, and making, renaming, emptying and closing them (policy 4.5)."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib.moves import TooLate
from crm.lib.shortcuts import render_page, require
from customers import permissions
from customers.forms import MovePoolForm, PoolForm, RenamePoolForm
from customers.models import Pool
from customers.ownership import pools


@require_safe
def pools_list(request):
    require(permissions.may_read_rules(request.user))
    context = {
        "pools": pools.with_numbers(Pool.objects.open_to(request.user)),
        "moving": list(pools.moving()),
        "may_edit": permissions.may_edit_pools(request.user),
    }
    return render_page(request, "customers/pools.html", context, fragment="rows")


@require_http_methods(["GET", "HEAD", "POST"])
def pool_add(request):
    require(permissions.may_edit_pools(request.user))
    form = PoolForm(request.POST or None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            pool = pools.add(form.cleaned_data["name"], form.cleaned_data["team"])
        except TooLate as late:
            form.add_error(None, str(late))
            status = 409
        else:
            messages.success(request, _("%(pool)s is there.") % {"pool": pool})
            return redirect("customers:pools")
    return render(request, "customers/pool_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def pool_edit(request, pk):
    """Rename a pool."""
    require(permissions.may_edit_pools(request.user))
    pool = _pool(pk)
    form = RenamePoolForm(request.POST or None, pool=pool)
    if request.method == "POST" and form.is_valid():
        pools.rename(pool, form.cleaned_data["name"])
        messages.success(request, _("Saved."))
        return redirect("customers:pools")
    context = {"form": form, "pool": pool}
    return render(request, "customers/pool_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def pool_move(request, pk):
    """Put all customers of a pool into another."""
    require(permissions.may_edit_pools(request.user))
    pool = _pool(pk)
    form = MovePoolForm(request.POST or None, pool=pool)
    if request.method == "POST" and form.is_valid():
        pools.ask_to_move(pool, form.cleaned_data["target"], by=request.user)
        messages.success(
            request, _("The customers are being moved to %(pool)s.") % {"pool": form.cleaned_data["target"]}
        )
        return redirect("customers:pools")
    context = {"form": form, "pool": pool, "number": pool.customers.count()}
    return render(request, "customers/pool_move.html", context, status=422 if form.errors else 200)


@require_POST
def pool_close(request, pk):
    require(permissions.may_edit_pools(request.user))
    pool = _pool(pk)
    pools.close(pool, by=request.user)
    messages.success(request, _("%(pool)s is closed.") % {"pool": pool})
    return redirect("customers:pools")


def _pool(pk):
    pool = Pool.objects.select_related("team").filter(pk=pk).first()
    if pool is None:
        raise Http404
    return pool
