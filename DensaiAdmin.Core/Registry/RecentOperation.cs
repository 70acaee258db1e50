using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>最近の操作: a function of the console that a user opened, kept once per function.</summary>
public sealed class RecentOperation
{
    private RecentOperation()
    {
    }

    public RecentOperation(long userId, string function, DateTimeOffset openedAt)
    {
        UserId = userId;
        Function = function;
        OpenedAt = openedAt;
    }

    public long UserId { get; private set; }

    /// <summary>Screen ID of the function, for example BRSK018.</summary>
    public string Function { get; private set; } = "";

    public DateTimeOffset OpenedAt { get; private set; }

    internal void Reopen(DateTimeOffset at) => OpenedAt = at;
}

internal sealed class RecentOperationConfiguration : IEntityTypeConfiguration<RecentOperation>
{
    public void Configure(EntityTypeBuilder<RecentOperation> operation)
    {
        operation.HasKey(o => new { o.UserId, o.Function });
        operation.Property(o => o.Function).HasMaxLength(16);
    }
}
