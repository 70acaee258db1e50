using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DensaiAdmin.Core.Migrations
{
    /// <inheritdoc />
    public partial class CompanySizes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "CompanySizes",
                columns: table => new
                {
                    CompanyId = table.Column<long>(type: "INTEGER", nullable: false),
                    Users = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CompanySizes", x => x.CompanyId);
                    table.ForeignKey(
                        name: "FK_CompanySizes_Companies_CompanyId",
                        column: x => x.CompanyId,
                        principalTable: "Companies",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            // A migration that rebuilds Users drops its triggers with it: it must make them again (CompanySizeTests fail otherwise).
            migrationBuilder.Sql(
                """
                INSERT INTO "CompanySizes" ("CompanyId", "Users")
                SELECT "CompanyId", COUNT(*) FROM "Users" WHERE "CompanyId" IS NOT NULL AND "DeletedAt" IS NULL GROUP BY "CompanyId";

                CREATE TRIGGER "TR_Users_Insert_CompanySizes" AFTER INSERT ON "Users"
                WHEN NEW."CompanyId" IS NOT NULL AND NEW."DeletedAt" IS NULL
                BEGIN
                    INSERT INTO "CompanySizes" ("CompanyId", "Users") VALUES (NEW."CompanyId", 1)
                    ON CONFLICT ("CompanyId") DO UPDATE SET "Users" = "Users" + 1;
                END;

                CREATE TRIGGER "TR_Users_Update_CompanySizes" AFTER UPDATE OF "CompanyId", "DeletedAt" ON "Users"
                BEGIN
                    UPDATE "CompanySizes" SET "Users" = "Users" - 1 WHERE "CompanyId" = OLD."CompanyId" AND OLD."DeletedAt" IS NULL;
                    INSERT INTO "CompanySizes" ("CompanyId", "Users")
                    SELECT NEW."CompanyId", 1 WHERE NEW."CompanyId" IS NOT NULL AND NEW."DeletedAt" IS NULL
                    ON CONFLICT ("CompanyId") DO UPDATE SET "Users" = "Users" + 1;
                END;

                CREATE TRIGGER "TR_Users_Delete_CompanySizes" AFTER DELETE ON "Users"
                WHEN OLD."CompanyId" IS NOT NULL AND OLD."DeletedAt" IS NULL
                BEGIN
                    UPDATE "CompanySizes" SET "Users" = "Users" - 1 WHERE "CompanyId" = OLD."CompanyId";
                END;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                DROP TRIGGER "TR_Users_Insert_CompanySizes";
                DROP TRIGGER "TR_Users_Update_CompanySizes";
                DROP TRIGGER "TR_Users_Delete_CompanySizes";
                """);
            migrationBuilder.DropTable(
                name: "CompanySizes");
        }
    }
}
