using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DensaiAdmin.Core.Migrations
{
    /// <inheritdoc />
    public partial class LostCertificates : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Reason",
                table: "IssueIntents",
                type: "TEXT",
                maxLength: 32,
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "Reason",
                table: "IssueIntents");
        }
    }
}
