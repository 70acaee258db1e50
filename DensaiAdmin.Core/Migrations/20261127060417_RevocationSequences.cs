using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DensaiAdmin.Core.Migrations
{
    /// <inheritdoc />
    public partial class RevocationSequences : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_PublishedCrls_IssuerKeyIdentifier_BuiltAt",
                table: "PublishedCrls");

            migrationBuilder.DropIndex(
                name: "IX_Certificates_IssuerKeyIdentifier_RevokedAt",
                table: "Certificates");

            migrationBuilder.AddColumn<long>(
                name: "UpTo",
                table: "PublishedCrls",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "AbandonedSequence",
                table: "IssueIntents",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "IssuedSequence",
                table: "Certificates",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "RevokedSequence",
                table: "Certificates",
                type: "INTEGER",
                nullable: true);

            // What was stored before goes by the records of the same instants; acts follow each other in time as they do in the chain.
            migrationBuilder.Sql(
                """
                CREATE INDEX "Backfill" ON "HistoryRecords" ("At", "Sequence");
                UPDATE "PublishedCrls" SET "UpTo" = COALESCE(
                    (SELECT "Sequence" FROM "HistoryRecords" WHERE "At" <= "BuiltAt" ORDER BY "At" DESC, "Sequence" DESC LIMIT 1), 0);
                UPDATE "Certificates" SET "RevokedSequence" = COALESCE(
                    (SELECT "Sequence" FROM "HistoryRecords" WHERE "At" >= "RevokedAt" ORDER BY "At", "Sequence" LIMIT 1),
                    (SELECT MAX("Sequence") + 1 FROM "HistoryRecords"), 1) WHERE "RevokedAt" IS NOT NULL;
                UPDATE "IssueIntents" SET "AbandonedSequence" = COALESCE(
                    (SELECT "Sequence" FROM "HistoryRecords" WHERE "At" >= "AbandonedAt" ORDER BY "At", "Sequence" LIMIT 1),
                    (SELECT MAX("Sequence") + 1 FROM "HistoryRecords"), 1) WHERE "AbandonedAt" IS NOT NULL;
                DROP INDEX "Backfill";
                """);

            migrationBuilder.CreateTable(
                name: "Alarms",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    Subject = table.Column<string>(type: "TEXT", maxLength: 128, nullable: false),
                    RaisedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Alarms", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_PublishedCrls_IssuerKeyIdentifier_UpTo",
                table: "PublishedCrls",
                columns: new[] { "IssuerKeyIdentifier", "UpTo" });

            migrationBuilder.CreateIndex(
                name: "IX_Certificates_IssuerKeyIdentifier_RevokedAt",
                table: "Certificates",
                columns: new[] { "IssuerKeyIdentifier", "RevokedAt" },
                filter: "\"RevokedAt\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Certificates_IssuerKeyIdentifier_RevokedSequence",
                table: "Certificates",
                columns: new[] { "IssuerKeyIdentifier", "RevokedSequence" },
                filter: "\"RevokedSequence\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Alarms_Kind_Subject",
                table: "Alarms",
                columns: new[] { "Kind", "Subject" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Alarms_RaisedAt_Kind",
                table: "Alarms",
                columns: new[] { "RaisedAt", "Kind" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "Alarms");

            migrationBuilder.DropIndex(
                name: "IX_PublishedCrls_IssuerKeyIdentifier_UpTo",
                table: "PublishedCrls");

            migrationBuilder.DropIndex(
                name: "IX_Certificates_IssuerKeyIdentifier_RevokedAt",
                table: "Certificates");

            migrationBuilder.DropIndex(
                name: "IX_Certificates_IssuerKeyIdentifier_RevokedSequence",
                table: "Certificates");

            migrationBuilder.DropColumn(
                name: "UpTo",
                table: "PublishedCrls");

            migrationBuilder.DropColumn(
                name: "AbandonedSequence",
                table: "IssueIntents");

            migrationBuilder.DropColumn(
                name: "IssuedSequence",
                table: "Certificates");

            migrationBuilder.DropColumn(
                name: "RevokedSequence",
                table: "Certificates");

            migrationBuilder.CreateIndex(
                name: "IX_PublishedCrls_IssuerKeyIdentifier_BuiltAt",
                table: "PublishedCrls",
                columns: new[] { "IssuerKeyIdentifier", "BuiltAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Certificates_IssuerKeyIdentifier_RevokedAt",
                table: "Certificates",
                columns: new[] { "IssuerKeyIdentifier", "RevokedAt" });
        }
    }
}
