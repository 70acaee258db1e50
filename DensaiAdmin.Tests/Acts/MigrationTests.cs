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
}
