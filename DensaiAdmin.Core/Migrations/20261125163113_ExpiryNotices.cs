using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DensaiAdmin.Core.Migrations
{
    /// <inheritdoc />
    public partial class ExpiryNotices : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_OutboxMails_SentAt_FailedAt_NextAttemptAt",
                table: "OutboxMails");

            migrationBuilder.AddColumn<bool>(
                name: "OwesRenewalAnswer",
                table: "Sessions",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<long>(
                name: "CertificateId",
                table: "OutboxMails",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "CompanyId",
                table: "OutboxMails",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "OwnerId",
                table: "OutboxMails",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Stage",
                table: "OutboxMails",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "WithdrawnAt",
                table: "OutboxMails",
                type: "INTEGER",
                nullable: true);

            // Mails of before are the company's as well; whom they were about was not kept.
            migrationBuilder.Sql("UPDATE \"OutboxMails\" SET \"CompanyId\" = (SELECT u.\"CompanyId\" FROM \"Users\" u WHERE u.\"Id\" = \"OutboxMails\".\"RecipientId\")");

            migrationBuilder.CreateTable(
                name: "DeadAddresses",
                columns: table => new
                {
                    Address = table.Column<string>(type: "TEXT", maxLength: 254, nullable: false),
                    Answer = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    RefusedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_DeadAddresses", x => x.Address);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Users_CertificateNotAfter",
                table: "Users",
                column: "CertificateNotAfter");

            migrationBuilder.CreateIndex(
                name: "IX_OutboxMails_CertificateId_RecipientId_Stage",
                table: "OutboxMails",
                columns: new[] { "CertificateId", "RecipientId", "Stage" },
                unique: true,
                filter: "\"Stage\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_OutboxMails_CompanyId_CreatedAt",
                table: "OutboxMails",
                columns: new[] { "CompanyId", "CreatedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_OutboxMails_NextAttemptAt",
                table: "OutboxMails",
                column: "NextAttemptAt",
                filter: "\"SentAt\" IS NULL AND \"FailedAt\" IS NULL AND \"WithdrawnAt\" IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "DeadAddresses");

            migrationBuilder.DropIndex(
                name: "IX_Users_CertificateNotAfter",
                table: "Users");

            migrationBuilder.DropIndex(
                name: "IX_OutboxMails_CertificateId_RecipientId_Stage",
                table: "OutboxMails");

            migrationBuilder.DropIndex(
                name: "IX_OutboxMails_CompanyId_CreatedAt",
                table: "OutboxMails");

            migrationBuilder.DropIndex(
                name: "IX_OutboxMails_NextAttemptAt",
                table: "OutboxMails");

            migrationBuilder.DropColumn(
                name: "OwesRenewalAnswer",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "CertificateId",
                table: "OutboxMails");

            migrationBuilder.DropColumn(
                name: "CompanyId",
                table: "OutboxMails");

            migrationBuilder.DropColumn(
                name: "OwnerId",
                table: "OutboxMails");

            migrationBuilder.DropColumn(
                name: "Stage",
                table: "OutboxMails");

            migrationBuilder.DropColumn(
                name: "WithdrawnAt",
                table: "OutboxMails");

            migrationBuilder.CreateIndex(
                name: "IX_OutboxMails_SentAt_FailedAt_NextAttemptAt",
                table: "OutboxMails",
                columns: new[] { "SentAt", "FailedAt", "NextAttemptAt" });
        }
    }
}
