using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DensaiAdmin.Core.Migrations
{
    /// <inheritdoc />
    public partial class UserListsBySuspension : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Users_CompanyId_DeletedAt_CanonicalLoginId_Name_Role_CertificateNotAfter_CertificateRevokedAt",
                table: "Users");

            migrationBuilder.DropIndex(
                name: "IX_Users_CompanyId_DeletedAt_Name_CanonicalLoginId",
                table: "Users");

            migrationBuilder.CreateIndex(
                name: "IX_Users_CompanyId_DeletedAt_CanonicalLoginId_Name_Role_CertificateNotAfter_CertificateRevokedAt_SuspendedAt",
                table: "Users",
                columns: new[] { "CompanyId", "DeletedAt", "CanonicalLoginId", "Name", "Role", "CertificateNotAfter", "CertificateRevokedAt", "SuspendedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Users_CompanyId_DeletedAt_Name_CanonicalLoginId_SuspendedAt",
                table: "Users",
                columns: new[] { "CompanyId", "DeletedAt", "Name", "CanonicalLoginId", "SuspendedAt" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Users_CompanyId_DeletedAt_CanonicalLoginId_Name_Role_CertificateNotAfter_CertificateRevokedAt_SuspendedAt",
                table: "Users");

            migrationBuilder.DropIndex(
                name: "IX_Users_CompanyId_DeletedAt_Name_CanonicalLoginId_SuspendedAt",
                table: "Users");

            migrationBuilder.CreateIndex(
                name: "IX_Users_CompanyId_DeletedAt_CanonicalLoginId_Name_Role_CertificateNotAfter_CertificateRevokedAt",
                table: "Users",
                columns: new[] { "CompanyId", "DeletedAt", "CanonicalLoginId", "Name", "Role", "CertificateNotAfter", "CertificateRevokedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Users_CompanyId_DeletedAt_Name_CanonicalLoginId",
                table: "Users",
                columns: new[] { "CompanyId", "DeletedAt", "Name", "CanonicalLoginId" });
        }
    }
}
