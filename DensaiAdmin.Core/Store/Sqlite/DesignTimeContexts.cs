using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace DensaiAdmin.Core.Store.Sqlite;

/// <summary>Lets the migration tool make a context without a server.</summary>
internal sealed class DesignTimeContexts : IDesignTimeDbContextFactory<DensaiDbContext>
{
    public DensaiDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite("Data Source=:memory:").Options);
}
