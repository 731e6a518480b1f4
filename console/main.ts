document.body.textContent = "Account Gateway";
