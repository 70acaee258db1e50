using DensaiAdmin.Core;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Acts;

public class MigrationTests
{
    [Fact]
    public void Migrations_Applied_MakeWhatTheModelSays()
    {
        using var db = new DensaiDbContext(new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite("Data Source=:memory:").Options);

        Assert.False(db.Database.HasPendingModelChanges());
    }

    // A migration that rebuilds a table knows only what its own model says: one made beside another would drop that one's columns.
    [Fact]
    public void Migrations_OneAfterAnother_LeaveEveryColumnOfTheModel()
    {
        using var db = new DensaiDbContext(new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite("Data Source=:memory:").Options);
        db.Database.OpenConnection();
        db.Database.Migrate();

        Assert.All(db.Model.GetEntityTypes(), type =>
        {
            var there = db.Database.SqlQuery<string>($"SELECT name AS Value FROM pragma_table_info({type.GetTableName()})").ToList();
            Assert.Empty(type.GetProperties().Select(p => p.GetColumnName()).Except(there, StringComparer.Ordinal));
        });
    }
}
