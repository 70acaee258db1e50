using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DensaiAdmin.Core.Migrations
{
    /// <inheritdoc />
    public partial class PasswordVersions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "ConfirmationPasswordVersion",
                table: "Users",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "LoginPasswordVersion",
                table: "Users",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "CompanyId",
                table: "PasswordAttempts",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "UserId",
                table: "PasswordAttempts",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_PasswordAttempts_CompanyId",
                table: "PasswordAttempts",
                column: "CompanyId",
                filter: "\"LockedAt\" IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_PasswordAttempts_CompanyId",
                table: "PasswordAttempts");

            migrationBuilder.DropColumn(
                name: "ConfirmationPasswordVersion",
                table: "Users");

            migrationBuilder.DropColumn(
                name: "LoginPasswordVersion",
                table: "Users");

            migrationBuilder.DropColumn(
                name: "CompanyId",
                table: "PasswordAttempts");

            migrationBuilder.DropColumn(
                name: "UserId",
                table: "PasswordAttempts");
        }
    }
}
