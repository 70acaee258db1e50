using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Store.Sqlite;

/// <summary>
/// Brings a SQLite file up to the model, and holds everybody to it who writes: the history is only appended to, the number of a company's
/// users is right, and what a user was is kept for the records that knew it so. Triggers are kept out of the migrations: each engine has
/// its own words for them, and a migration that rebuilds a table drops them with it.
/// </summary>
internal static class SqliteSchema
{
    private const string Triggers =
        """
        CREATE TRIGGER IF NOT EXISTS "TR_HistoryRecords_Update" BEFORE UPDATE ON "HistoryRecords"
        BEGIN
            SELECT RAISE(ABORT, 'The history is only appended to.');
        END;

        CREATE TRIGGER IF NOT EXISTS "TR_HistoryRecords_Delete" BEFORE DELETE ON "HistoryRecords"
        BEGIN
            SELECT RAISE(ABORT, 'The history is only appended to.');
        END;

        CREATE TRIGGER IF NOT EXISTS "TR_HistoryRecords_Insert" BEFORE INSERT ON "HistoryRecords"
        WHEN EXISTS (SELECT 1 FROM "HistoryRecords" WHERE "Sequence" = NEW."Sequence")
        BEGIN
            SELECT RAISE(ABORT, 'The history is only appended to.');
        END;

        CREATE TRIGGER IF NOT EXISTS "TR_Users_Insert_CompanySizes" AFTER INSERT ON "Users"
        WHEN NEW."CompanyId" IS NOT NULL AND NEW."DeletedAt" IS NULL
        BEGIN
            INSERT INTO "CompanySizes" ("CompanyId", "Users") VALUES (NEW."CompanyId", 1)
            ON CONFLICT ("CompanyId") DO UPDATE SET "Users" = "Users" + 1;
        END;

        CREATE TRIGGER IF NOT EXISTS "TR_Users_Update_CompanySizes" AFTER UPDATE OF "CompanyId", "DeletedAt" ON "Users"
        BEGIN
            UPDATE "CompanySizes" SET "Users" = "Users" - 1 WHERE "CompanyId" = OLD."CompanyId" AND OLD."DeletedAt" IS NULL;
            INSERT INTO "CompanySizes" ("CompanyId", "Users")
            SELECT NEW."CompanyId", 1 WHERE NEW."CompanyId" IS NOT NULL AND NEW."DeletedAt" IS NULL
            ON CONFLICT ("CompanyId") DO UPDATE SET "Users" = "Users" + 1;
        END;

        CREATE TRIGGER IF NOT EXISTS "TR_Users_Delete_CompanySizes" AFTER DELETE ON "Users"
        WHEN OLD."CompanyId" IS NOT NULL AND OLD."DeletedAt" IS NULL
        BEGIN
            UPDATE "CompanySizes" SET "Users" = "Users" - 1 WHERE "CompanyId" = OLD."CompanyId";
        END;

        CREATE TRIGGER IF NOT EXISTS "TR_Users_Insert_PastUsers" AFTER INSERT ON "Users" WHEN NEW."Role" <> 'General'
        BEGIN
            INSERT INTO "PastUsers" ("UserId", "UntilSequence", "Name", "MailAddress", "Role", "IsSuspended", "IsDeleted")
            VALUES (
                NEW."Id", (SELECT COALESCE(MAX("Sequence"), 0) + 1 FROM "HistoryRecords"), '', '', NEW."Role", FALSE, TRUE);
        END;

        CREATE TRIGGER IF NOT EXISTS "TR_Users_Update_PastUsers" AFTER UPDATE OF "Name", "MailAddress", "Role", "SuspendedAt", "DeletedAt"
        ON "Users"
        WHEN (OLD."Name", OLD."MailAddress", OLD."Role", OLD."SuspendedAt" IS NULL, OLD."DeletedAt" IS NULL)
            <> (NEW."Name", NEW."MailAddress", NEW."Role", NEW."SuspendedAt" IS NULL, NEW."DeletedAt" IS NULL)
        BEGIN
            INSERT INTO "PastUsers" ("UserId", "UntilSequence", "Name", "MailAddress", "Role", "IsSuspended", "IsDeleted")
            VALUES (
                OLD."Id", (SELECT COALESCE(MAX("Sequence"), 0) + 1 FROM "HistoryRecords"), OLD."Name", OLD."MailAddress", OLD."Role",
                OLD."SuspendedAt" IS NOT NULL, OLD."DeletedAt" IS NOT NULL)
            ON CONFLICT ("UserId", "UntilSequence") DO NOTHING;
        END;
        """;

    /// <summary>Applies the migrations that are missing, and the triggers.</summary>
    public static void Migrate(DensaiDbContext db)
    {
        // EF's own migration lock survives kill -9; the directory's lock already keeps everyone else out.
        db.Database.ExecuteSqlRaw("DROP TABLE IF EXISTS __EFMigrationsLock");
        db.Database.Migrate();
        EnsureTriggers(db);
    }

    /// <summary>Makes the triggers that are missing: whoever had the file in hands may have taken them away.</summary>
    public static void EnsureTriggers(DensaiDbContext db) => db.Database.ExecuteSqlRaw(Triggers);
}
