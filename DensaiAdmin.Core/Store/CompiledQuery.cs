using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Metadata;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// A query that is compiled once and asked before every request. EF binds what it compiles to one model, and a process has several
/// where it opens several stores, so there is one for each model.
/// </summary>
/// <param name="compile">Makes it, by <c>EF.CompileQuery</c>.</param>
internal sealed class CompiledQuery<TQuery>(Func<TQuery> compile)
    where TQuery : Delegate
{
    private readonly ConditionalWeakTable<IModel, TQuery> _compiled = [];

    /// <summary>The query for the model of this context.</summary>
    public TQuery For(DensaiDbContext db) => _compiled.GetValue(db.Model, _ => compile());
}
