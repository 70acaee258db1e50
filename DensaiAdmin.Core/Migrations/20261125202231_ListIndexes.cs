using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DensaiAdmin.Core.Migrations
{
    /// <inheritdoc />
    public partial class ListIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_Users_CompanyId_DeletedAt_CertificateRevokedAt",
                table: "Users",
                columns: new[] { "CompanyId", "DeletedAt", "CertificateRevokedAt" },
                filter: "\"CertificateRevokedAt\" IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Users_CompanyId_DeletedAt_CertificateRevokedAt",
                table: "Users");
        }
    }
}
